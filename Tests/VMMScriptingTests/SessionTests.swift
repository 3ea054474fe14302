import LuaRuntime
import Testing

@testable import VMMScripting

@Suite struct SessionTests {
    @Test func `locals survive between chunks as the same variables`() async throws {
        let session = try await TestHost().host.session(named: "repl")
        _ = try await session.evaluate(
            SessionChunk(
                source:
                    "local n = 0; local function count() n = n + 1; return n end __keep(function() return n, count end)",
                usedLocals: [],
                declaredLocals: ["n", "count"]
            )
        )
        let counted = try await session.evaluate(
            SessionChunk(source: "return count(), count(), n", usedLocals: ["n", "count"], declaredLocals: [])
        )
        #expect(counted == [1, 2, 2])
        let waited = try await session.evaluate(
            SessionChunk(
                source: "n = 10; async.sleep(1); return count(), #vmm.list()",
                usedLocals: ["n", "count"],
                declaredLocals: []
            )
        )
        #expect(waited == [11, 20])
    }

    @Test func `an error leaves the session alive`() async throws {
        let session = try await TestHost().host.session(named: "repl")
        let error = await #expect(throws: ScriptError.self) { try await session.evaluate("x = 5; vmm.get('nobody')") }
        #expect(error?.kind == .notFound)
        #expect(try await session.evaluate("return x") == [5])
    }

    @Test func `cancelling stops the chunk, and the session goes on`() async throws {
        let session = try await TestHost().host.session(named: "repl")
        for source in ["while true do end", "while true do pcall(async.sleep, 1) end"] {
            let chunk = Task { try await session.evaluate("y = 1 " + source) }
            session.cancel()
            let error = await #expect(throws: ScriptError.self) { try await chunk.value }
            #expect(error?.kind == .cancelled)
            #expect(try await session.evaluate("return y or 1") == [1])
        }
    }

    @Test func `an incomplete chunk is told from a wrong one`() async throws {
        let session = try await TestHost().host.session(named: "repl")
        let incomplete = await #expect(throws: ScriptError.self) { try await session.check("for i = 1, 2 do") }
        #expect(incomplete?.isIncomplete == true)
        let wrong = await #expect(throws: ScriptError.self) { try await session.check("for = 1") }
        #expect(wrong?.isIncomplete == false && wrong?.isSyntaxError == true)
    }
}
