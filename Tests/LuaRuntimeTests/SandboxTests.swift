import LuaRuntime
import Testing

@Suite struct SandboxTests {
    @Test(arguments: [
        "io", "os", "debug", "package", "require", "dofile", "loadfile", "string.dump", "tasks", "class",
        "script_globals", "getmetatable('').__index",
    ])
    func `a script doesn't find`(_ name: String) async throws {
        let state = try LuaState()
        let source = "local ok, v = pcall(function() return \(name) end) return not ok or v == nil"
        #expect(try await state.run(Array(source.utf8), name: "sandbox.lua") == [true])
    }

    @Test func `load takes text alone, with the script's globals or an environment of its own`() async throws {
        let values = try await runLua(
            """
            x = 5
            local binary, why = load("\\27Lua", "b")
            local mode, message = load("return 1", "m", "b")
            return load("return x")(), load("return x", "n", "t", {x = 6})(), binary, message ~= nil, mode, pcall(load("return x", "n", "t", nil))
            """
        )
        #expect(values.prefix(5) == [5, 6, .nil, true, .nil])
        #expect(values[5] == false)
    }

    @Test func `a finalizer is refused`() async throws {
        let failure = try await failureOfLua("setmetatable({}, {__gc = function() end})")
        #expect(failure?.message.contains("__gc") == true)
    }

    @Test func `a script that overwrites the libraries hurts itself alone`() async throws {
        let state = try LuaState()
        try await state.runTrusted(
            Array("local upper = string.upper function script_globals.upper(s) return upper(s) end".utf8),
            chunkName: "[t]"
        )
        let values = try await state.run(
            Array("string.upper = nil; return upper('a'), pcall(function() return ('b'):upper() end)".utf8),
            name: "hurt.lua"
        )
        #expect(values.prefix(2) == ["A", false])
    }

    @Test func `what a script adds to the string library is a method of its strings`() async throws {
        let source = "function string.trim(s) return s:match('^%s*(.-)%s*$') end return (' a '):trim()"
        #expect(try await runLua(source) == ["a"])
    }
}
