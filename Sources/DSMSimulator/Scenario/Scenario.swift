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

    var hosts: [SimulatedHost]
    var storages: [SimulatedStorage]
    var networks: [SimulatedNetwork]
    var images: [SimulatedImage]
    var guests: [SimulatedGuest]
    var timings: Timings
    var events: [Event] = []

    /// Reads a scenario; `file` names it in messages.
    ///
    /// Throws `badArgument` for a key that is unknown and a value of the wrong type, naming file, line and key.
    public init(yaml: String, file: String) throws(VMMError) {
        let reader = ScenarioReader(file: file)
        self = try reader.scenario(yaml)
    }

    init(_ cluster: Cluster) {
        hosts = cluster.hosts
        storages = cluster.storages
        networks = cluster.networks
        images = cluster.images
        guests = cluster.guests
        timings = cluster.timings
    }

    /// The standard cluster of so many guests, where nothing goes wrong.
    public static func standard(guestCount: Int = Cluster.standardGuestCount, seed: UInt64 = 1) -> Scenario {
        Scenario(.standard(guestCount: guestCount, seed: seed))
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
