import DSMSimulator
import SimulatedVMM
import Synchronization
import SynologyVMM
import Testing
import VMMScripting
import VirtualMachines

/// A simulated NAS with faults, and scripts that run against it over real sockets in time sped up.
struct FaultyNAS: Sendable {
    let log = RequestLog()
    let server: DSMServer
    private let clock = SystemClock(speed: 20)
    private let events = EventTexts()

    init(_ dialect: DialectName, _ faults: FaultPlan, cluster: Cluster? = nil) {
        server = DSMServer(
            cluster: SimulatedCluster(cluster ?? .standard(now: clock.now), clock: clock),
            login: .init(account: "op", password: CommandNAS.password),
            dialects: Set([DSMSimulator.Dialect(rawValue: dialect.rawValue)].compactMap(\.self)),
            faults: faults,
            log: log
        )
    }

    /// Everything that was said to anybody.
    var told: String { events.all.withLock { $0.joined() } + "\(log.all)" }

    /// Runs a script that may do anything; gives what it failed with.
    ///
    /// `patience` is how long the client waits for an answer, in real time.
    func run(
        _ source: String,
        arguments: [String] = [],
        patience: Duration? = nil,
        onEvent: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ScriptError? {
        try await server.whileServing { url in
            var configuration = try SynologyClient.Configuration(
                url: url,
                account: "op",
                password: Secret(CommandNAS.password)
            )
            configuration.clock = clock
            if let patience { configuration.requestTimeout = patience }
            let client = SynologyClient(configuration)
            var hostConfiguration = ScriptHost.Configuration()
            hostConfiguration.clock = clock
            hostConfiguration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
            hostConfiguration.reporters = [events, EventHook(body: onEvent)]
            let host = ScriptHost(manager: client, configuration: hostConfiguration)
            var problem: ScriptError?
            do throws(ScriptError) {
                try await host.run(source, named: "test.lua", arguments: arguments)
            } catch {
                problem = error
                events.all.withLock { $0.append("\(error) \(error.message) \(error.cause ?? "")") }
            }
            await client.close()
            return problem
        }
    }

    /// A guest's status; nil for one that is gone.
    func status(of name: String) throws -> GuestStatus? {
        try server.cluster.withCluster { (cluster) throws(VMMError) in
            cluster.guests.first { $0.guest.name == name }?.status(in: .documented)
        }
    }

    /// How many requests for a change of power took effect on a guest.
    func effects(of action: PowerAction, on name: String) throws -> Int {
        let id = try server.cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.guest(named: name).guest.id.rawValue
        }
        let word = action.rawValue.replacing("_", with: "")
        return log.all.count { entry in
            let asked = entry.method == "pwr_ctl" ? entry.parameters["action"] ?? "" : entry.method
            return entry.tookEffect && asked.lowercased().contains(word)
                && entry.parameters["guest_id"]?.contains(id) == true
        }
    }
}

/// Keeps what a run reported, as text.
private final class EventTexts: Reporter {
    let all = Mutex<[String]>([])

    func report(_ event: RunEvent) { all.withLock { $0.append("\(event)") } }
}

/// Tells a test when something happens.
private struct EventHook: Reporter {
    let body: @Sendable (String) -> Void

    func report(_ event: RunEvent) { body("\(event)") }
}
