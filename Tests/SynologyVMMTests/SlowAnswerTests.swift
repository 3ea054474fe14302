import Testing
import VirtualMachines

@testable import SynologyVMM

/// A NAS that sends its answers byte by byte: the time that an answer may take covers all of it.
@Suite(.timeLimit(.minutes(1))) struct SlowAnswerTests {
    private static func configuration(
        _ url: String,
        requestTimeout: Duration = .milliseconds(150)
    ) throws -> SynologyClient.Configuration {
        var configuration = try SynologyClient.Configuration(url: url, account: "op", password: Secret("x"))
        configuration.requestTimeout = requestTimeout
        configuration.logoutTimeout = .milliseconds(150)
        configuration.retry.pauses = []
        return configuration
    }

    @Test(arguments: ["query", "login"])
    func `a login ends in time`(_ slow: String) async throws {
        try await DrippingServer.drippingAnswers { $0 == slow }
            .whileListening { url in
                let client = SynologyClient(try Self.configuration(url))
                let error = try await failure(.unreachable) { try await client.connect() }
                #expect(error.message.hasSuffix("did not answer within 0.15 seconds"), "\(error)")
                await client.close()
            }
    }

    @Test func `a read and a write end in time, the write with an unknown outcome that may be under way`() async throws
    {
        try await DrippingServer.drippingAnswers { ["List", "PowerOn"].contains($0) }
            .whileListening { url in
                let client = SynologyClient(try Self.configuration(url, requestTimeout: .seconds(5)))
                _ = try await failure(.unreachable) { _ = try await client.guests() }
                let lost = try await failure(.outcomeUnknown) { _ = try await client.powerOn("g") }
                #expect(lost.mayBeUnderWay)
                await client.close()
            }
    }

    @Test func `a logout ends in time`() async throws {
        try await DrippingServer.drippingAnswers { $0 == "logout" }
            .whileListening { url in
                let client = SynologyClient(try Self.configuration(url, requestTimeout: .seconds(30)))
                try await client.connect()
                await client.close()
            }
    }

    @Test(arguments: ["query", "login", "List", "all but the login"])
    func `a diagnosis ends in time, and asks no more of who gives no answer`(_ slow: String) async throws {
        let login: Set = ["query", "login", "logout"]
        try await DrippingServer.drippingAnswers { $0 == slow || slow.hasPrefix("all") && !login.contains($0) }
            .whileListening { url in
                let diagnosis = await Diagnosis(of: try Self.configuration(url))
                #expect(!diagnosis.isHealthy)
                let told = diagnosis.checks.map(\.finding).joined(separator: "\n")
                #expect(told.contains("did not answer within 0.15 seconds"), "\(told)")
            }
    }

    @Test func `the work itself is ended when its time is over, and what it came to until then is not taken`()
        async throws
    {
        let (words, continuation) = AsyncStream<String>.makeStream()
        await #expect(throws: TimeLimitReached.self) {
            try await withinTime(.milliseconds(10)) {
                for await _ in AsyncStream<Void>(unfolding: { try? await Task.sleep(for: .seconds(1_000)) }) {}
                continuation.yield("ended")
                return 1
            }
        }
        for await word in words {
            #expect(word == "ended")
            break
        }
        #expect(try await withinTime(.seconds(1_000)) { 2 } == 2)
    }
}
