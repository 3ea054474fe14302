import LuaRuntime
import SimulatedVMM
import VMMScripting
import VirtualMachines

/// What a script would do to the guests that there are, made of a rehearsal.
public struct Plan: Sendable {
    /// One change.
    public struct Change: Sendable, Equatable {
        /// When it begins, from the start of the plan.
        public var time: Duration
        /// The operation's task and number in it.
        public var operation: OperationID
        /// The steps that it is part of, the outermost first.
        public var steps: [String]
        /// The guest's name.
        public var guest: String
        /// What is done: `shutdown`, `set`.
        public var action: String
        /// From what to what: `running → stopped`.
        public var change: String
    }

    /// A change that would be refused, for want of a permission or by the NAS.
    public struct Refusal: Sendable, Equatable {
        /// When it is first, from the start of the plan.
        public var time: Duration
        /// The guest's name, where it is about one.
        public var guest: String?
        /// What was to be done: `shutdown`, `set`.
        public var action: String
        /// Why it would be refused.
        public var message: String
        /// How many times, in the same words.
        public var count: Int
    }

    /// What a guest is at for a while.
    public enum Phase: String, Sendable {
        /// On its way down.
        case stopping
        /// Off.
        case down
        /// On its way up.
        case starting
    }

    /// A guest's phases; between them it is as it was or as it was left.
    public struct Timeline: Sendable, Equatable {
        /// A phase and its time, from the start of the plan.
        public struct Segment: Sendable, Equatable {
            /// What the guest is at.
            public var phase: Phase
            /// Since when.
            public var start: Duration
            /// Until when; the end of the plan where it stays so.
            public var end: Duration
        }

        /// The guest's name.
        public var guest: String
        /// In order, without gaps within an outage.
        public var segments: [Segment] = []
        /// Whether it is out of service when the plan ends.
        public var staysDown = false

        /// The times out of service without a break; the last has no end where the guest stays so.
        public var outages: [(start: Duration, end: Duration?)] {
            var outages: [(start: Duration, end: Duration?)] = []
            for segment in segments {
                if let last = outages.indices.last, outages[last].end == segment.start {
                    outages[last].end = segment.end
                } else {
                    outages.append((segment.start, segment.end))
                }
            }
            if staysDown, let last = outages.indices.last { outages[last].end = nil }
            return outages
        }

        /// The longest of its times out of service that end; nil where none does.
        public var longestOutage: Duration? {
            outages.compactMap { outage in outage.end.map { $0 - outage.start } }.max()
        }
    }

    /// All changes, in the order in which they begin.
    public private(set) var changes: [Change] = []
    /// What the script would try in vain, in the order in which it first does.
    public private(set) var refusals: [Refusal] = []
    /// The guests that change their power, in the order in which they first do.
    public private(set) var timelines: [Timeline] = []
    /// How long all of it takes.
    public let duration: Duration
    /// How many guests are changed at all.
    public private(set) var guestCount = 0
    /// How many guests are out of service at the same time, at the most, of those that the plan takes out.
    public private(set) var peakOutOfService = 0
    /// What was taken for granted.
    public let assumptions: [Assumption]

    /// Reads a plan out of a rehearsal; `remarks` come first among its assumptions.
    public init(_ run: RehearsedRun, remarks: [Assumption] = []) {
        duration = run.end - run.start
        assumptions = remarks + run.assumptions
        var reader = PlanReader(run)
        for event in run.events { reader.read(event) }
        reader.finish()
        changes = reader.changes.sorted { ($0.time, $0.operation) < ($1.time, $1.operation) }
        refusals = reader.refusals
        timelines = reader.timelines
        guestCount = reader.changedGuests.count
        peakOutOfService = Self.peak(of: timelines)
    }

    private static func peak(of timelines: [Timeline]) -> Int {
        let moments = timelines.flatMap(\.outages)
            .flatMap { outage in [(outage.start, 1)] + (outage.end.map { [($0, -1)] } ?? []) }
        var count = 0
        var peak = 0
        // What ends at the moment at which another begins isn't out of service beside it.
        for (_, step) in moments.sorted(by: { ($0.0, $0.1) < ($1.0, $1.1) }) {
            count += step
            peak = max(peak, count)
        }
        return peak
    }

    /// The longest time that a guest is out of service, and which; nil where none is that comes back.
    public var longestOutage: (guest: String, duration: Duration)? {
        timelines.compactMap { timeline in timeline.longestOutage.map { (timeline.guest, $0) } }
            .max { $0.1 < $1.1 }
            .map { (guest: $0.0, duration: $0.1) }
    }
}

/// Follows a run's events, and notes what they do to the guests.
private struct PlanReader {
    private(set) var changes: [Plan.Change] = []
    private(set) var refusals: [Plan.Refusal] = []
    private(set) var timelines: [Plan.Timeline] = []
    private(set) var changedGuests: Set<GuestID> = []

    private let start: Timestamp
    private let end: Timestamp
    private let cluster: Cluster
    /// By guest, action and message: a plan over thousands of guests may have as many refusals.
    private var refusalPlaces: [[String]: Int] = [:]
    private var names: [GuestID: String]
    private var statuses: [GuestID: GuestStatus]
    private var openSteps: [StepReport] = []
    /// The place of a guest's timeline, and the phase that it is in.
    private var places: [GuestID: Int] = [:]
    private var phases: [GuestID: (phase: Plan.Phase, since: Duration)] = [:]

    init(_ run: RehearsedRun) {
        start = run.start
        end = run.end
        cluster = run.before
        let guests = run.before.guests.map(\.guest)
        names = Dictionary(guests.map { ($0.id, $0.name) }) { first, _ in first }
        statuses = Dictionary(guests.map { ($0.id, $0.status) }) { first, _ in first }
    }

    mutating func read(_ event: RunEvent) {
        switch event {
        case .stepBegan(let step): openSteps.append(step)
        case .stepEnded(let step, _): openSteps.removeAll { $0.id == step.id }
        case .ended(let report, .success(.task(let task))) where report.operationClass == .write:
            if task.changed { power(task, report) }
        case .ended(let report, .success(.task(let task))): arrive(task.guestID, task.wantedStatus, report.time - start)
        case .ended(let report, .success(.guest(let guest))): arrive(guest.id, guest.status, report.time - start)
        case .ended(let report, .success(.change(let before, let after, true))): change(before, after, report)
        case .ended(let report, .failure(let error))
        where error.kind == .permissionDenied || report.operationClass == .write:
            if error.kind != .cancelled { refuse(report, error) }
        default: break
        }
    }

    /// Closes what is open at the end: a guest that nobody waited for takes the time that is usual.
    mutating func finish() {
        for (guest, open) in phases.sorted(by: { ($0.value.since, $0.key.rawValue) < ($1.value.since, $1.key.rawValue) }
        ) {
            guard let place = places[guest] else { continue }
            let name = names[guest] ?? ""
            switch open.phase {
            case .starting: close(guest, at: open.since + usual(.powerOn, guest))
            case .stopping:
                enter(.down, guest, name, at: open.since + usual(.shutdown, guest))
                fallthrough
            case .down:
                timelines[place].staysDown = true
                close(guest, at: max(end - start, open.since + usual(.shutdown, guest)))
            }
        }
    }

    private func usual(_ action: PowerAction, _ guest: GuestID) -> Duration {
        (try? cluster.guest(guest)).map { cluster.duration(of: action, $0) } ?? .zero
    }

    // MARK: Changes

    private mutating func power(_ task: PowerTask, _ report: OperationReport) {
        let time = report.time - start
        let before = statuses[task.guestID] ?? .unknown
        note(
            report,
            task.guestID,
            task.guestName,
            task.action.rawValue,
            "\(before.words) → \(task.wantedStatus.words)"
        )
        statuses[task.guestID] = task.wantedStatus
        enter(task.action == .powerOn ? .starting : .stopping, task.guestID, task.guestName, at: time)
    }

    private mutating func change(_ before: Guest, _ after: Guest?, _ report: OperationReport) {
        let text = after.map { before.differences(to: $0).joined(separator: ", ") } ?? "gone for good"
        note(report, before.id, before.name, report.shortName, text)
        names[before.id] = after?.name ?? before.name
    }

    private mutating func refuse(_ report: OperationReport, _ error: ScriptError) {
        let words = [report.guest ?? "", report.shortName, error.message]
        if let place = refusalPlaces[words] {
            refusals[place].count += 1
        } else {
            refusalPlaces[words] = refusals.count
            refusals.append(
                Plan.Refusal(
                    time: report.start - start,
                    guest: report.guest,
                    action: report.shortName,
                    message: error.message,
                    count: 1
                )
            )
        }
    }

    private mutating func note(
        _ report: OperationReport,
        _ guest: GuestID,
        _ name: String,
        _ action: String,
        _ change: String
    ) {
        changedGuests.insert(guest)
        let steps = openSteps.filter { report.id.path.ordinals.starts(with: $0.path.ordinals) }
        changes.append(
            Plan.Change(
                time: report.start - start,
                operation: report.id,
                steps: steps.map(\.name),
                guest: name,
                action: action,
                change: change
            )
        )
    }

    // MARK: Phases

    /// A wait has seen the guest in a status.
    private mutating func arrive(_ guest: GuestID, _ status: GuestStatus, _ time: Duration) {
        switch (phases[guest]?.phase, status) {
        case (.stopping, .stopped), (.stopping, .crashed): enter(.down, guest, names[guest] ?? "", at: time)
        case (.starting, .running): close(guest, at: time)
        default: break
        }
    }

    private mutating func enter(_ phase: Plan.Phase, _ guest: GuestID, _ name: String, at time: Duration) {
        close(guest, at: time)
        if places[guest] == nil {
            places[guest] = timelines.count
            timelines.append(Plan.Timeline(guest: name))
        }
        phases[guest] = (phase, time)
    }

    private mutating func close(_ guest: GuestID, at time: Duration) {
        guard let place = places[guest], let open = phases.removeValue(forKey: guest) else { return }
        // One that is started as soon as it is down isn't down for any time.
        guard time > open.since || timelines[place].segments.isEmpty else { return }
        timelines[place].segments.append(.init(phase: open.phase, start: open.since, end: time))
    }
}
