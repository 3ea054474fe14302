import SimulatedVMM
import VirtualMachines

/// What a simulated NAS is like and what goes wrong with it, as a file says it.
///
/// ```swift
/// let scenario = try Scenario(yaml: text, file: "outage.yaml")
/// let server = try DSMServer(scenario, clock: SystemClock())
/// ```
public struct Scenario: Sendable {
    /// Something that happens to a guest by itself.
    struct Event: Sendable, Equatable {
        var time: Duration
        var guestID: GuestID
        var event: GuestEvent
    }

    /// Which dialects are served.
    public internal(set) var dialects = Set(Dialect.allCases)
    /// Whether method names are taken in any case.
    public internal(set) var ignoresCase = false
    /// The code of the second factor, where the account requires one.
    public internal(set) var otpCode: String?
    /// What goes wrong; times count from the start of the server.
    public internal(set) var faults = FaultPlan()

    var hosts: [SimulatedHost] = []
    var storages: [SimulatedStorage] = []
    var networks: [SimulatedNetwork] = []
    var images: [SimulatedImage] = []
    var guests: [SimulatedGuest] = []
    var timings = Timings()
    var events: [Event] = []

    /// Reads a scenario; `file` names it in messages.
    ///
    /// Throws `badArgument` for a key that is unknown and a value of the wrong type, naming file, line and key.
    public init(yaml: String, file: String) throws(VMMError) {
        let reader = ScenarioReader(file: file)
        self = try reader.scenario(yaml)
    }

    init() {}

    /// The standard cluster of so many guests, where nothing goes wrong.
    public static func standard(guestCount: Int = 20) -> Scenario {
        let cluster = Cluster.standard(guestCount: guestCount)
        var scenario = Scenario()
        scenario.hosts = cluster.hosts
        scenario.storages = cluster.storages
        scenario.networks = cluster.networks
        scenario.images = cluster.images
        scenario.guests = cluster.guests
        return scenario
    }

    /// How many guests there are at the start.
    public var guestCount: Int { guests.count }

    /// The cluster, its events counted from `now`.
    func cluster(now: Timestamp) throws(VMMError) -> Cluster {
        var cluster = Cluster(
            hosts: hosts,
            storages: storages,
            networks: networks,
            images: images,
            guests: guests,
            timings: timings,
            now: now
        )
        for event in events { try cluster.schedule(event.event, of: event.guestID, at: now + event.time) }
        return cluster
    }
}

extension DSMServer {
    /// A server that isn't listening yet, of what a scenario says; its times count from now.
    ///
    /// Throws `badArgument` for events of guests that there aren't.
    public init(
        _ scenario: Scenario,
        clock: any RunClock,
        account: String = "admin",
        password: String? = nil,
        port: Int = 0,
        scheme: Scheme = .http,
        log: RequestLog? = nil
    ) throws(VMMError) {
        self.init(
            cluster: SimulatedCluster(try scenario.cluster(now: clock.now), clock: clock),
            login: Login(account: account, password: password, otpCode: scenario.otpCode),
            port: port,
            scheme: scheme,
            dialects: scenario.dialects,
            ignoresCase: scenario.ignoresCase,
            faults: scenario.faults,
            log: log
        )
    }
}
