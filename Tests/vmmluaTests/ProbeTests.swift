import Testing

@testable import vmmlua

/// `probe`, over a loopback, by a command in a process of its own.
@Suite(.timeLimit(.minutes(2))) struct ProbeTests {
    @Test func `a script probes what --allow net lets it`() async throws {
        try await CommandNAS().server
            .whileServing { url in
                let query = "api=SYNO.API.Info&version=1&method=query"
                let code = "probe.http('\(url)/webapi/query.cgi?\(query)', { body = 'success' })"
                let allowed = try await vmmlua("eval", code, "--allow", "net:127.0.0.1")
                #expect(allowed.out == "true\n", "\(allowed.err)")
                let closed = try await vmmlua("eval", "probe.tcp('127.0.0.1', 1)", "--allow", "net:127.0.0.0/8:1")
                #expect(closed.out == "false\nconnection refused\n")
                let refused = try await vmmlua("eval", code)
                #expect(refused.status == 1)
                #expect(refused.err.contains("--allow 'net"))
                let elsewhere = try await vmmlua("eval", code, "--allow", "net:10.0.0.0/8")
                #expect(elsewhere.status == 1 && elsewhere.out.isEmpty)
            }
    }
}
