import DSMSimulator
import SimulatedVMM
import VirtualMachines

/// A simulated NAS inside the test, for a command in another process.
struct CommandNAS: Sendable {
    static let password = "correct horse & battery"

    let log = RequestLog()
    let server: DSMServer

    /// With a clock that stands still, nothing that a guest begins ever ends.
    init(
        clock: any RunClock = SystemClock(speed: 600),
        dialects: Set<DSMSimulator.Dialect> = [.documented],
        scheme: DSMServer.Scheme = .http,
        faults: FaultPlan = FaultPlan()
    ) {
        server = DSMServer(
            cluster: SimulatedCluster(.standard(now: clock.now), clock: clock),
            login: .init(account: "op", password: Self.password),
            scheme: scheme,
            dialects: dialects,
            faults: faults,
            log: log
        )
    }

    /// Has a guest ignore requests to shut down.
    func makeStubborn(_ name: String) throws {
        try server.cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: try cluster.guest(named: name).guest.id)
        }
    }

    /// The environment by which a command finds it.
    static func environment(_ url: String, password: String = password) -> [String: String] {
        ["VMMLUA_HOST": url, "VMMLUA_ACCOUNT": "op", "VMMLUA_PASSWORD": password]
    }

    /// The guests that a method was called for, in order.
    func guests(of method: String) throws -> [String] {
        let guests = try server.cluster.withCluster { (cluster) throws(VMMError) in cluster.guests.map(\.guest) }
        return log.calls(of: method)
            .map { call in
                // The parameter is JSON: a string in quotes.
                guests.first { call.parameters["guest_id"]?.contains($0.id.rawValue) == true }?.name ?? "?"
            }
    }
}
