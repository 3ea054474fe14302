import LuaRuntime
import Testing

@testable import VMMScripting

@Suite struct LostSessionTests {
    @Test func `a chunk can't keep variables of the host's own functions`() async throws {
        let session = try await TestHost().host.session(named: "repl")
        func evaluate(_ source: String, used: [String] = [], declared: [String] = []) async throws -> [LuaValue] {
            try await session.evaluate(SessionChunk(source: source, usedLocals: used, declaredLocals: declared))
        }
        for function in ["os.date", "print", "require"] {
            await #expect(throws: ScriptError.self) {
                try await evaluate(
                    "__keep(\(function)) error('x')",
                    declared: ["stock_os", "host", "G", "load_module"]
                )
            }
        }
        #expect(
            try await evaluate("return stock_os, host, G, load_module", used: ["stock_os", "host", "G", "load_module"])
                .allSatisfy { $0 == .nil }
        )
    }

    @Test func `a session whose state was lost goes on with fresh globals, and knows what was left midway`()
        async throws
    {
        var test = try TestHost()
        test.configuration.limits.cpuTime = .milliseconds(50)
        let session = try await test.host.session(named: "repl")
        _ = try await session.evaluate("x = 1 vmm.shutdown('web-1')")
        let callItself = "local o = {} setmetatable(o, { __call = o }) o()"
        await #expect(throws: ScriptError.self) { try await session.evaluate(callItself) }
        #expect(try await session.evaluate("return x, 1 + 1").last == 2)
        #expect(session.guestsMidway.map(\.name) == ["web-1"])
    }
}
