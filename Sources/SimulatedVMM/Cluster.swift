import VirtualMachines

/// A cluster of simulated guests: a deterministic state machine of what was asked of it, and when.
///
/// It asks no clock. Time passes when it is told so, and everything that ends by then ends:
///
/// ```swift
/// var cluster = Cluster.standard(guestCount: 20)
/// let task = try cluster.power(.powerOn, id)
/// cluster.advance(to: cluster.now + .seconds(20))
/// try cluster.task(task).status   // .completed
/// ```
///
/// One task at a time works on a guest; only PowerOff with force breaks into another, which then ends as `cancelled`.
/// How a guest in transition shows depends on the ``GuestView``. `autorun` is 0 off, 1 last state, 2 on.
public struct Cluster: Sendable {
    /// The instant that the cluster stands at.
    public private(set) var now: Timestamp
    /// The machines that the guests run on.
    public let hosts: [SimulatedHost]
    /// What the guests' disks are on.
    public let storages: [SimulatedStorage]
    /// What the guests are connected to.
    public let networks: [SimulatedNetwork]
    /// What guests are made from.
    public internal(set) var images: [SimulatedImage]
    /// What a NAS tells of these, for a clone of its cluster; the NAS may tell more than follows from the cluster.
    ///
    /// The free CPUs and memory of the cluster's hosts are still computed.
    public var toldInventory: [Inventory: [JSONObject]] = [:]
    /// How long changes of power take, from the next one on.
    public var timings: Timings
    /// All guests, in the order of their creation.
    public private(set) var guests: [SimulatedGuest]
    /// What the guests take of each host, kept with each change, as each power-on asks for it.
    private(set) var loads: [Load]

    var index: [GuestID: Int]
    var tasks: [Int: SimulatedTask] = [:]
    private var lastTaskNumber = 0
    private var active: Set<Int> = []
    private var events: [ScheduledEvent] = []
    /// When the next task ends or the next event comes; ``Timestamp/distantFuture`` where nothing is to come.
    public var nextMoment: Timestamp { nextDue ?? .distantFuture }
    /// Kept, so that a step of time costs nothing while nothing is due; at the end of time too.
    private var nextDue: Timestamp?

    /// A cluster at rest.
    ///
    /// Where two guests share an id, the first one counts.
    public init(
        hosts: [SimulatedHost],
        storages: [SimulatedStorage] = [],
        networks: [SimulatedNetwork] = [],
        images: [SimulatedImage] = [],
        guests: [SimulatedGuest],
        timings: Timings = Timings(),
        now: Timestamp = Timestamp(sinceEpoch: .zero)
    ) {
        precondition(guests.allSatisfy { hosts.indices.contains($0.host) }, "every guest has a host")
        precondition(storages.allSatisfy { hosts.indices.contains($0.host) }, "every storage has a host")
        self.now = now
        self.hosts = hosts
        self.storages = storages
        self.networks = networks
        self.images = images
        self.timings = timings
        self.guests = guests
        self.loads = Array(repeating: Load(), count: hosts.count)
        self.index = Dictionary(
            guests.enumerated().map { ($1.guest.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for guest in guests { loads[guest.host] += guest.load }
    }

    // MARK: Guests

    /// Every change of a guest goes through here.
    mutating func change(_ position: Int, _ body: (inout SimulatedGuest) -> Void) {
        loads[guests[position].host] -= guests[position].load
        body(&guests[position])
        loads[guests[position].host] += guests[position].load
    }

    mutating func remove(_ position: Int) {
        let removed = guests.remove(at: position)
        loads[removed.host] -= removed.load
        index[removed.guest.id] = nil
        for later in position..<guests.count { index[guests[later].guest.id] = later }
    }

    // MARK: Time

    /// Lets time pass until `instant`: what is due by then happens, earliest first.
    ///
    /// It never goes back.
    public mutating func advance(to instant: Timestamp) {
        now = max(now, instant)
        // What happens may bring about more that is due by now, such as a crash after a boot.
        while let next = nextDue, next <= now {
            let ends = active.compactMap { tasks[$0] }.filter { $0.end <= now }
                .map { (time: $0.end, order: $0.number, moment: Moment.end($0)) }
            let dueEvents = events.filter { $0.time <= now }
                .map { (time: $0.time, order: 0, moment: Moment.event($0)) }
            events.removeAll { $0.time <= now }
            for (_, _, moment) in (ends + dueEvents).sorted(by: { ($0.time, $0.order) < ($1.time, $1.order) }) {
                switch moment {
                case .end(let task): finish(task.number)
                case .event(let event): happen(event)
                }
            }
            nextDue = (active.compactMap { tasks[$0]?.end } + events.map(\.time)).min()
        }
    }

    private enum Moment {
        case end(SimulatedTask)
        case event(ScheduledEvent)
    }

    mutating func schedule(_ event: ScheduledEvent) {
        events.append(event)
        nextDue = min(nextDue ?? event.time, event.time)
    }

    private mutating func finish(_ number: Int) {
        // An event of the same moment may have ended it.
        guard active.contains(number), let task = tasks[number] else { return }
        switch task.ending {
        case .reaches(let status):
            end(number, as: .completed, progress: 100)
            guard let position = index[task.guestID] else { return }
            rest(position, in: status)
            if status == .running, let delay = guests[position].behaviour.crashesAfterBoot {
                schedule(ScheduledEvent(time: task.end + delay, guestID: task.guestID, event: .crash))
            }
        case .fails(let reason):
            end(number, as: .failed, progress: 99, failure: reason)
        }
    }

    mutating func rest(_ position: Int, in status: GuestStatus) {
        change(position) { target in
            target.guest.status = status
            target.guest.rawStatus = status.rawValue
        }
    }

    // MARK: Tasks

    mutating func begin(
        _ action: PowerAction,
        on position: Int,
        for duration: Duration,
        showing transition: GuestStatus?,
        ending: SimulatedTask.Ending
    ) -> TaskID {
        let task = SimulatedTask(
            number: nextTaskNumber(),
            guestID: guests[position].guest.id,
            action: action,
            start: now,
            end: now + duration,
            ending: ending
        )
        tasks[task.number] = task
        active.insert(task.number)
        change(position) { target in
            target.activeTask = task.number
            target.transition = transition
        }
        nextDue = min(nextDue ?? task.end, task.end)
        return task.id
    }

    /// Numbers new tasks from `number` + 1 on, so that their ids differ from those of a cloned NAS's tasks.
    public mutating func numberTasks(after number: Int) {
        lastTaskNumber = max(lastTaskNumber, number)
    }

    mutating func nextTaskNumber() -> Int {
        lastTaskNumber += 1
        return lastTaskNumber
    }

    mutating func end(_ number: Int, as status: TaskStatus, progress: Int, failure: String? = nil) {
        guard let task = tasks[number] else { return }
        active.remove(number)
        if let position = index[task.guestID], guests[position].activeTask == number {
            change(position) { target in
                target.activeTask = nil
                target.transition = nil
            }
        }
        guard !task.isForgotten else {
            tasks[number] = nil
            return
        }
        tasks[number]?.status = status
        tasks[number]?.finalProgress = progress
        tasks[number]?.failure = failure
    }
}
