import DSMSimulator
import SimulatedVMM
import Testing
import VirtualMachines

/// Listening, and stopping again.
@Suite struct ServingTests {
    private func server(port: Int = 0) -> DSMServer {
        DSMServer(cluster: SimulatedCluster(.standard(guestCount: 1), clock: VirtualClock()), port: port)
    }

    @Test("a server listens on a free port of the loopback interface, and stops when its task is cancelled")
    func cancellation() async throws {
        let (urls, continuation) = AsyncStream<String>.makeStream()
        let serving = Task { try await server().serve { continuation.yield($0) } }
        var listening = urls.makeAsyncIterator()
        let url = try #require(await listening.next())
        #expect(url.hasPrefix("http://127.0.0.1:"))
        #expect(!url.hasSuffix(":0"))
        serving.cancel()
        try await serving.value
    }

    @Test("a port that is taken is a clear error")
    func takenPort() async throws {
        try await server()
            .whileServing { url in
                let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
                let error = await #expect(throws: VMMError.self) {
                    try await server(port: port).serve { _ in Issue.record("it must not listen") }
                }
                #expect(error?.code == .badArgument)
                #expect(error?.message == "port \(port) is taken by another program")
            }
    }

    @Test("the server is gone when its body is done, and hands on what the body throws")
    func whileServing() async throws {
        let error = await #expect(throws: VMMError.self) {
            try await server().whileServing { _ in throw VMMError(.busy, "enough") }
        }
        #expect(error?.code == .busy)
    }

    @Test("passwords that nobody chose differ")
    func passwords() {
        #expect(server().login.password != server().login.password)
        #expect(server().login.password.count == 16)
        #expect(server().login.account == "admin")
    }
}
