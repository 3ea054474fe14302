import DSMSimulator
import SynologyVMM
import VirtualMachines

/// A simulated NAS that serves inside this process until it is stopped.
struct SimulatedNAS: Sendable {
    /// Where it listens.
    let url: String
    private let server: DSMServer
    private let serving: Task<Void, Never>

    /// Who may log in.
    var login: DSMServer.Login { server.login }
    /// The SHA-256 of its certificate; nil without TLS.
    var fingerprint: String? { server.fingerprint }
    /// Its certificate; nil without TLS.
    var certificatePEM: String? { server.certificatePEM }

    /// Starts one and returns when it accepts connections.
    static func start(_ options: SimulationOptions, clock: SystemClock) async throws(VMMError) -> SimulatedNAS {
        try await start(try DSMServer(options.scenario, clock: clock))
    }

    /// Starts a server and returns when it accepts connections.
    ///
    /// Throws `badArgument` if it can't listen.
    static func start(_ server: DSMServer) async throws(VMMError) -> SimulatedNAS {
        let (outcomes, continuation) = AsyncStream<Result<String, VMMError>>.makeStream()
        let serving = Task {
            do throws(VMMError) {
                try await server.serve { continuation.yield(.success($0)) }
            } catch {
                continuation.yield(.failure(error))
            }
            continuation.finish()
        }
        for await outcome in outcomes {
            return SimulatedNAS(url: try outcome.get(), server: server, serving: serving)
        }
        throw VMMError(.cancelled, "the simulated NAS was stopped")
    }

    /// How a client reaches it.
    func configuration() throws(VMMError) -> SynologyClient.Configuration {
        var configuration = try SynologyClient.Configuration(
            url: url,
            account: login.account,
            password: Secret(login.password)
        )
        configuration.secondFactor = login.otpCode.map { code in
            SecondFactor(deviceName: "vmmlua", code: { Secret(code) }, remember: { _ in })
        }
        return configuration
    }

    /// Stops listening, and returns when that is done.
    func stop() async {
        serving.cancel()
        await serving.value
    }
}
