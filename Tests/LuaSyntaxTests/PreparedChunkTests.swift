import LuaSyntax
import Testing

/// Inputs of a prompt, made ready so that their locals survive.
@Suite struct PreparedChunkTests {
    private func declared(_ source: String) -> [String] {
        PreparedChunk(source, knownLocals: []).declaredLocals
    }

    @Test("an input without locals stays as it is")
    func noLocals() {
        for source in ["return 1", "print('local x')", "-- local x", "x = 1", "", "do local x = 1 end", "f()\n"] {
            #expect(PreparedChunk(source, knownLocals: []).source == source)
        }
    }

    @Test("top-level locals are found, with attributes and as functions")
    func locals() {
        #expect(declared("local a") == ["a"])
        #expect(declared("local a, b = 1, 2 local c") == ["a", "b", "c"])
        #expect(declared("local function f() local inner end") == ["f"])
        #expect(declared("local a <const>, b <close> = 1, nil; local a = 2") == ["a", "b"])
        #expect(declared("local t = { local_x = 1 }") == ["t"])
    }

    @Test(
        "locals of blocks and functions are not the chunk's own",
        arguments: [
            "do local x end",
            "if a then local x elseif b then local x else local x end",
            "while a do local x end",
            "for i = 1, 2 do local x end",
            "for k, v in pairs(t) do if k then local x end end",
            "repeat local x until x",
            "function f() local x end",
            "f(function() return function() local x end end)",
            "while (function() return true end)() do local x break end",
        ]
    )
    func nestedLocals(source: String) {
        #expect(declared(source).isEmpty)
        // The depth is back at the top behind it.
        #expect(declared(source + " local after = 1") == ["after"])
    }

    @Test("locals are kept at the end, on a line of their own")
    func keepAtEnd() {
        let chunk = PreparedChunk("local a, b = 1 -- one", knownLocals: [])
        #expect(chunk.source == "local a, b = 1 -- one\n __keep(function() return a, b end) ")
    }

    @Test("locals are kept before the chunk's own return, not before an inner one")
    func keepBeforeReturn() {
        let chunk = PreparedChunk("local function f() return 1 end\nreturn f()", knownLocals: [])
        #expect(
            chunk.source == "local function f() return 1 end\n __keep(function() return f end) return f()"
        )
    }

    @Test("a constant becomes a variable that a closure can hold, at the same columns")
    func constants() {
        let chunk = PreparedChunk("local a <const> = 1", knownLocals: [])
        #expect(chunk.source == "local a         = 1\n __keep(function() return a end) ")
    }

    @Test("what can't be assigned to later is told")
    func declaredConstants() {
        let chunk = PreparedChunk("local a <const>, b, c <close> = 1, 2 local a = 3", knownLocals: [])
        #expect(chunk.declaredConstants == ["c"])
        #expect(PreparedChunk("local a <const> = 1", knownLocals: []).declaredConstants == ["a"])
    }

    @Test("known locals that are mentioned are used, but not fields and methods of their names")
    func mentions() {
        let known: Set<String> = ["a", "b", "c", "d"]
        let chunk = PreparedChunk("return a + x.b + y:c() .. d .. a -- e", knownLocals: known)
        #expect(chunk.usedLocals == ["a", "d"])
        #expect(PreparedChunk("local a = a", knownLocals: known).usedLocals == ["a"])
        #expect(PreparedChunk("return 'b'", knownLocals: known).usedLocals.isEmpty)
    }

    @Test("what isn't Lua breaks nothing")
    func brokenInput() {
        for source in [
            "local", "local function", "local a <", "local a,", "end end", "until", "return return", "local a <const",
        ] {
            _ = PreparedChunk(source, knownLocals: ["a"])
        }
    }
}
