import Testing

@testable import VMMScripting

@Suite struct LostSessionTests {
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
