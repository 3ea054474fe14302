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
/// A guest in transition shows its old status until its task completes, as the documented dialect has only `running`,
/// `stopped` and `paused`. One task at a time works on a guest; only PowerOff with force breaks into another, which
/// then ends as `cancelled`.
public struct Cluster: Sendable {
    /// The instant that the cluster stands at.
    public private(set) var now: Timestamp
    /// The machines that the guests run on.
    public let hosts: [SimulatedHost]
    /// How long changes of power take, from the next one on.
    public var timings: Timings
    /// All guests, in the order of their creation.
    public internal(set) var guests: [SimulatedGuest]

    var index: [GuestID: Int]
    var tasks: [Int: SimulatedTask] = [:]
    private var lastTaskNumber = 0
    private var active: Set<Int> = []
    /// The earliest end of an active task, so that a step of time costs nothing while none is due.
    private var nextEnd = Timestamp.distantFuture

    /// A cluster at rest.
    ///
    /// Where two guests share an id, the first one counts.
    public init(
        hosts: [SimulatedHost],
        guests: [SimulatedGuest],
        timings: Timings = Timings(),
        now: Timestamp = Timestamp(sinceEpoch: .zero)
    ) {
        precondition(guests.allSatisfy { hosts.indices.contains($0.host) }, "every guest has a host")
        self.now = now
        self.hosts = hosts
        self.timings = timings
        self.guests = guests
        self.index = Dictionary(
            guests.enumerated().map { ($1.guest.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    // MARK: Time

    /// Lets time pass until `instant`; tasks whose time is over by then end, earliest first.
    ///
    /// It never goes back.
    public mutating func advance(to instant: Timestamp) {
        now = max(now, instant)
        guard nextEnd <= now else { return }
        let due = active.compactMap { tasks[$0] }.filter { $0.end <= now }
            .sorted { ($0.end, $0.number) < ($1.end, $1.number) }
        for task in due { finish(task) }
        nextEnd = active.compactMap { tasks[$0]?.end }.min() ?? .distantFuture
    }

    private mutating func finish(_ task: SimulatedTask) {
        switch task.ending {
        case .reaches(let status):
            end(task.number, as: .completed, progress: 100)
            if let position = index[task.guestID] {
                guests[position].guest.status = status
                guests[position].guest.rawStatus = status.rawValue
            }
        case .fails(let reason):
            end(task.number, as: .failed, progress: 99)
            tasks[task.number]?.failure = reason
        }
    }

    // MARK: Tasks

    mutating func begin(
        _ action: PowerAction,
        on position: Int,
        for duration: Duration,
        ending: SimulatedTask.Ending
    ) -> TaskID {
        lastTaskNumber += 1
        let task = SimulatedTask(
            number: lastTaskNumber,
            guestID: guests[position].guest.id,
            action: action,
            start: now,
            end: now + duration,
            ending: ending
        )
        tasks[task.number] = task
        active.insert(task.number)
        guests[position].activeTask = task.number
        nextEnd = min(nextEnd, task.end)
        return task.id
    }

    mutating func end(_ number: Int, as status: TaskStatus, progress: Int) {
        guard let task = tasks[number] else { return }
        tasks[number]?.status = status
        tasks[number]?.finalProgress = progress
        active.remove(number)
        if let position = index[task.guestID], guests[position].activeTask == number {
            guests[position].activeTask = nil
        }
    }
}
