import DSMSimulator
import SimulatedVMM
import SynologyVMM
import VirtualMachines

/// A simulated NAS that serves inside this process until it is stopped.
struct SimulatedNAS: Sendable {
    /// Where it listens.
    let url: String
    /// Who may log in.
    let login: DSMServer.Login
    private let serving: Task<Void, Never>

    /// Starts one and returns when it accepts connections.
    ///
    /// Throws `badArgument` if it can't listen.
    static func start(
        _ options: SimulationOptions,
        clock: SystemClock,
        login: DSMServer.Login = DSMServer.Login(),
        port: Int = 0
    ) async throws(VMMError) -> SimulatedNAS {
        let cluster = Cluster.standard(guestCount: options.guestCount, now: clock.now)
        let server = DSMServer(cluster: SimulatedCluster(cluster, clock: clock), login: login, port: port)
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
            return SimulatedNAS(url: try outcome.get(), login: login, serving: serving)
        }
        throw VMMError(.cancelled, "the simulated NAS was stopped")
    }

    /// A client with its login.
    func client() throws(VMMError) -> SynologyClient {
        SynologyClient(try .init(url: url, account: login.account, password: Secret(login.password)))
    }

    /// Stops listening, and returns when that is done.
    func stop() async {
        serving.cancel()
        await serving.value
    }
}
