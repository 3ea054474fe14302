import LuaRuntime
import Synchronization
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
        let canceller = CancelWhenPrinted()
        var test = try TestHost()
        test.configuration.reporters = [canceller]
        test.configuration.onIdle = nil
        let session = try await test.host.session(named: "repl")
        canceller.session.withLock { $0 = session }
        for source in [
            "while true do end", "while true do pcall(async.sleep, 1) end",
            "while true do async.spawn(function() end):await() end", "async.sleep('1h')",
        ] {
            let error = await #expect(throws: ScriptError.self) {
                try await session.evaluate("y = 1 print('begun') " + source)
            }
            #expect(error?.kind == .cancelled)
            #expect(try await session.evaluate("return y") == [1])
        }
    }

    @Test func `a cancellation that a chunk swallowed doesn't hit the next`() async throws {
        let canceller = CancelWhenPrinted()
        var test = try TestHost()
        test.configuration.reporters = [canceller]
        test.configuration.onIdle = nil
        let session = try await test.host.session(named: "repl")
        canceller.session.withLock { $0 = session }
        #expect(try await session.evaluate("print('begun') return (pcall(async.sleep, '1h'))") == [false])
        session.cancel()
        #expect(try await session.evaluate("async.sleep(0) return 1") == [1])
    }

    @Test func `what can't be copied is named by its type`() async throws {
        let session = try await TestHost().host.session(named: "repl")
        let values = try await session.evaluate("local t = { 1 } t.t = t return t")
        #expect(values.first?.table?["t"] == .opaque("table"))
    }

    @Test func `an incomplete chunk is told from a wrong one`() async throws {
        let session = try await TestHost().host.session(named: "repl")
        let incomplete = await #expect(throws: ScriptError.self) { try await session.check("for i = 1, 2 do") }
        #expect(incomplete?.isIncomplete == true)
        let wrong = await #expect(throws: ScriptError.self) { try await session.check("for = 1") }
        #expect(wrong?.isIncomplete == false && wrong?.isSyntaxError == true)
    }
}

/// Cancels a session's chunk as soon as it prints.
private final class CancelWhenPrinted: Reporter {
    let session = Mutex<ScriptSession?>(nil)

    func report(_ event: RunEvent) {
        if case .printed = event { session.withLock(\.self)?.cancel() }
    }
}
