import LuaRuntime
import SimulatedVMM
import Synchronization
import VMMScripting
import VirtualMachines

/// Runs scripts over simulated guests in virtual time: an hour of maintenance takes milliseconds.
///
/// ```swift
/// var rehearsal = Rehearsal(.standard(now: now))
/// rehearsal.configuration.policy = policy
/// let run = await rehearsal.run(source, named: "restart.lua", arguments: ["web-*"])
/// ```
public struct Rehearsal: Sendable {
    /// What is answered where nobody is asked: probes and approvals.
    public struct AssumedAnswers: Sendable {
        /// What probes answer.
        public var probe = true
        /// What a person answers.
        public var approval = true

        /// Probes succeed, and all is approved.
        public init() {}
    }

    /// What the script may do and use; its machines, its clock and its prober are the rehearsal's own.
    public var configuration = ScriptHost.Configuration()
    /// What probes and persons answer.
    public var answers = AssumedAnswers()
    /// How far it looks ahead: a script that goes on after that is ended, as by its limit of time; nil for no end.
    public var horizon: Duration?
    /// What keeps the script from more than it could ask a NAS for; nothing unless told.
    public var restriction: @Sendable (any VirtualMachineManager) -> any VirtualMachineManager = { $0 }
    /// The machines that the guests were cloned from, where they can still be read.
    ///
    /// They are asked what a clone doesn't hold, such as a guest's disks. They are neither changed nor closed.
    public var original: (any VirtualMachineManager)?
    /// Fields of a guest that a NAS measures, and whose values a rehearsal can't know.
    public var measures: Set<String> = []
    /// The guests as they are at the start.
    public let cluster: Cluster
    private let view: GuestView
    private let givesTasks: Bool

    /// A rehearsal over a cluster, whose time goes on from where the cluster's stands.
    ///
    /// `view` and `givesTasks` say what the NAS would tell.
    public init(_ cluster: Cluster, view: GuestView = .full, givesTasks: Bool = false) {
        self.cluster = cluster
        self.view = view
        self.givesTasks = givesTasks
    }

    /// Runs a script to its end.
    ///
    /// ``ScriptError`` is part of the outcome, as what came before it counts.
    public func run(_ source: String, named name: String, arguments: [String] = []) async -> RehearsedRun {
        await run(Array(source.utf8), named: name, arguments: arguments)
    }

    /// Runs a script of any bytes, as Lua takes them; otherwise as with text.
    public func run(_ source: [UInt8], named name: String, arguments: [String] = []) async -> RehearsedRun {
        let clock = VirtualClock(start: cluster.now)
        let prober = AssumedProber(isSuccess: answers.probe)
        let approver = AssumedApprover(isGiven: answers.approval)
        let locks = AssumedLocks()
        var configuration = configuration
        configuration.clock = clock
        configuration.prober = prober
        configuration.approver = approver
        configuration.locks = locks
        // Where both come at the same time, it is the run that would be ended.
        let limit = configuration.limits.time
        let endsAtHorizon = horizon.map { horizon in limit.map { horizon < $0 } ?? true } ?? false
        if endsAtHorizon { configuration.limits.time = horizon }
        let manager = SimulatedManager(
            cluster: SimulatedCluster(cluster, clock: clock),
            view: view,
            givesTasks: givesTasks
        )
        let machines = original.map { ClonedMachines(manager, of: $0) }
        configuration.onIdle = { machines?.isQuiet ?? true && clock.advanceToNextDeadline() }
        // Short enough to type on a command line.
        let chosenSeed = configuration.seed == nil ? UInt64.random(in: 1...999_999) : nil
        configuration.seed = configuration.seed ?? chosenSeed
        var run = await RehearsedRun(
            of: source,
            named: name,
            arguments: arguments,
            on: restriction(machines ?? manager),
            startingFrom: cluster,
            configuration
        )
        if endsAtHorizon { run.tellOfHorizon() }
        run.assumptions =
            prober.asked.map { .probes(host: $0.target, succeed: answers.probe, count: $0.count) }
            + approver.asked.map { .approval(question: $0, isGiven: answers.approval) }
            + locks.asked.map(Assumption.freeLock) + run.touched(seed: chosenSeed, measures: measures)
        return run
    }
}

/// How a rehearsal went.
public struct RehearsedRun: Sendable {
    /// What the script returned, or what it failed with.
    public private(set) var result: Result<[LuaValue], ScriptError>
    /// What arguments the script takes, if it told.
    public let usage: ScriptUsage?
    /// The guests as they were at the start.
    public let before: Cluster
    /// When it began, in its own time.
    public let start: Timestamp
    /// When it ended, in its own time.
    public let end: Timestamp
    /// What happened, in order.
    public let events: [RunEvent]
    /// Whether it was ended because it went on for longer than it was to look ahead.
    public private(set) var reachedHorizon = false
    /// Whether the script read the clock.
    public let readsClock: Bool
    /// Whether the script drew random numbers from the run's seed.
    public let drawsNumbers: Bool
    /// Which lines ran, where the configuration asked for that.
    public let coverage: [LuaCoverage]
    /// What was taken for granted instead of being asked.
    public internal(set) var assumptions: [Assumption] = []

    /// Runs a script to its end over simulated machines; `configuration` has the clock that they live in.
    ///
    /// Cancelling the task cancels the script.
    init(
        of source: [UInt8],
        named name: String,
        arguments: [String],
        on manager: any VirtualMachineManager,
        startingFrom cluster: Cluster,
        _ configuration: ScriptHost.Configuration
    ) async {
        let clock = configuration.clock
        let recorder = EventRecorder()
        var configuration = configuration
        configuration.reporters.append(recorder)
        before = cluster
        start = clock.now
        let host = ScriptHost(manager: manager, configuration: configuration)
        do throws(ScriptError) {
            let run = try await host.start(source, named: name, arguments: arguments, keepsEvents: false)
            result = await withTaskCancellationHandler {
                do throws(ScriptError) { return .success(try await run.result()) } catch { return .failure(error) }
            } onCancel: {
                run.cancel()
            }
            usage = run.usage
            coverage = await run.coverage
            readsClock = run.readsClock
            drawsNumbers = await run.drawsNumbers
        } catch {
            result = .failure(error)
            usage = nil
            coverage = []
            (readsClock, drawsNumbers) = (false, false)
        }
        end = clock.now
        events = recorder.events
    }

    /// A run that failed before its first line.
    init(failed error: ScriptError, startingFrom cluster: Cluster) {
        result = .failure(error)
        usage = nil
        before = cluster
        (start, end) = (cluster.now, cluster.now)
        events = []
        coverage = []
        (readsClock, drawsNumbers) = (false, false)
    }

    /// It reached how far it was to look, and no limit of the script's.
    fileprivate mutating func tellOfHorizon() {
        guard case .failure(var error) = result, error.limit == .time else { return }
        error.message = "the plan ends here: the script goes on for longer than it looks ahead"
        error.hint = "look further with --horizon"
        result = .failure(error)
        reachedHorizon = true
    }

    /// What it failed with, if it did.
    public var error: ScriptError? {
        if case .failure(let error) = result { error } else { nil }
    }

    /// What the script printed; bytes that are not UTF-8 are written as Lua writes them, `\xe9`.
    public var output: String { printed.description }

    /// What the script printed.
    var printed: LuaString {
        let bytes = events.reduce(into: [UInt8]()) { all, event in
            if case .printed(let bytes) = event { all += bytes }
        }
        return LuaString(bytes: bytes)
    }
}

/// Keeps what a run reports.
private final class EventRecorder: Reporter {
    private let all = Mutex<[RunEvent]>([])

    var events: [RunEvent] { all.withLock(\.self) }

    func report(_ event: RunEvent) {
        var event = event
        switch event {
        // What is under way is in the report of its end as well.
        case .progressed: return
        // Nobody asks for lists again, and a script over thousands of guests may read many.
        case .ended(let report, .success(.guests)), .ended(let report, .success(.statuses)):
            event = .ended(report, .success(.nothing))
        default: break
        }
        all.withLock { $0.append(event) }
    }
}
