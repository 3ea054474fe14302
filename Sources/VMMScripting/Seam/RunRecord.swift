import LuaRuntime
import Synchronization
import VirtualMachines

/// The host's own record of a run: what its verdicts rest on, out of the script's reach.
final class RunRecord: Sendable {
    /// What the script has asked of a guest's power as the last, by the answers that it was given.
    struct AskedPower: Sendable {
        let action: PowerAction
        /// Which task asked.
        let task: TaskPath
        /// Whether the script has not seen it done.
        var isPending = true
    }

    /// How an operation ended that isn't delivered yet, and the change of power that it is about, if it is about one.
    fileprivate struct Outcome {
        let result: Result<Answer, ScriptError>
        var power: (guest: GuestID, action: PowerAction)?
    }

    fileprivate struct State {
        var ledger = GuestLedger()
        var results: [OperationID: Outcome] = [:]
        var lastDelivery: Timestamp
        var timeOfDay: ScriptTime
        var askedPower: [GuestID: AskedPower] = [:]
        var isCancelled = false
        var readsClock = false
        var usage: ScriptUsage?
        /// How often scripts were killed whose calls were under way.
        var era = 0
        /// Writes that have left and aren't answered.
        var writesUnderWay = 0
        var whenLanded: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let journal: any Journal
    private let clock: any RunClock

    init(journal: any Journal, clock: any RunClock) {
        self.state = Mutex(State(lastDelivery: clock.now, timeOfDay: ScriptTime(clock)))
        self.journal = journal
        self.clock = clock
    }

    // MARK: Touched guests

    /// The guests that the run changed or began to change, in the order in which it last did.
    var touchedGuests: [TouchedGuest] { state.withLock(\.ledger.touchedGuests) }

    func willWrite(_ operation: Operation, _ guest: Guest) {
        state.withLock { $0.ledger.willWrite(operation, guest) }
    }

    /// The script takes the guest to that status, by whatever writes.
    func aims(_ guest: GuestID, at status: GuestStatus) {
        state.withLock { $0.ledger.aims(guest, at: status) }
    }

    func finished(_ operation: Operation, _ result: Result<Answer, ScriptError>) {
        state.withLock { state in
            state.results[operation.id] = Outcome(result: result, power: state.power(of: operation))
            switch (operation.action, result) {
            case (.set, .success(.change(let guest, let after, _))),
                (.delete, .success(.change(let guest, let after, _))):
                state.ledger.finished(operation.id, of: guest, after)
            case (_, .failure(let error)): state.noteFailure(error, of: operation)
            case (.waitTask, .success(.task(let task))): state.ledger.saw(task.guestID, in: task.wantedStatus)
            case (_, .success(.guest(let guest))): state.ledger.saw(guest.id, in: guest.status)
            case (_, .success(.guests(let guests))) where !state.ledger.isEmpty:
                for guest in guests { state.ledger.saw(guest.id, in: guest.status) }
            case (_, .success(.statuses(let statuses))) where !state.ledger.isEmpty:
                for (guest, status) in statuses { state.ledger.saw(guest, in: status) }
            default: break
            }
        }
    }

    // MARK: Ends

    /// The script was killed: nothing that it asked is of interest any more but the writes under way.
    func abandon() {
        state.withLock { state in
            state.era += 1
            state.results = [:]
        }
    }

    /// Changes with each script that is killed.
    var era: Int { state.withLock(\.era) }

    func writeBegan() {
        state.withLock { $0.writesUnderWay += 1 }
    }

    func writeEnded() {
        let waiting = state.withLock { state in
            state.writesUnderWay -= 1
            guard state.writesUnderWay == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.whenLanded = [] }
            return state.whenLanded
        }
        for continuation in waiting { continuation.resume() }
    }

    var hasWritesUnderWay: Bool { state.withLock { $0.writesUnderWay > 0 } }

    /// Returns when no write is under way any more.
    func writesLanded() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.writesUnderWay > 0 { state.whenLanded.append(continuation) }
                return state.writesUnderWay == 0
            }
            if isOver { continuation.resume() }
        }
    }

    /// Nobody is left who would be given the result.
    func forgetResult(of operation: OperationID) {
        state.withLock { $0.results[operation] = nil }
    }

    // MARK: Deliveries

    func delivered(_ delivery: Delivery) {
        let id = OperationID(path: delivery.path, sequence: delivery.sequence)
        let now = clock.now
        let wallTime = clock.wallTime
        let result = state.withLock { state in
            state.lastDelivery = now
            state.timeOfDay.advance(to: now, wallTime: wallTime)
            let outcome = state.results.removeValue(forKey: id)
            if let outcome { state.notePower(outcome, deliveredTo: id.path) }
            return outcome?.result
        }
        if let result { journal.noteDelivery(delivery.number, of: id, result: result, at: now) }
    }

    /// What the script has asked of a guest's power as the last.
    ///
    /// It changes with deliveries alone, so that a replay sees the same.
    func askedPower(of guest: GuestID) -> AskedPower? {
        state.withLock { $0.askedPower[guest] }
    }

    /// Whether the run was cancelled, as a whole.
    var isCancelled: Bool {
        get { state.withLock(\.isCancelled) }
        set { state.withLock { $0.isCancelled = newValue } }
    }

    /// Whether the script has read the clock.
    var readsClock: Bool { state.withLock(\.readsClock) }

    /// Notes that the script reads the clock.
    func noteReadingOfClock() { state.withLock { $0.readsClock = true } }

    /// When the last delivery was, by the run's clock: what the script counts durations by.
    var lastDelivery: Timestamp { state.withLock(\.lastDelivery) }

    /// The time of day at the last delivery, as the script sees it.
    var timeOfDay: Timestamp { state.withLock(\.timeOfDay.shown) }

    /// What the script's arguments should have been, once it was asked.
    var usage: ScriptUsage? {
        get { state.withLock(\.usage) }
        set { state.withLock { $0.usage = newValue } }
    }
}

extension RunRecord.State {
    fileprivate mutating func noteFailure(_ error: ScriptError, of operation: Operation) {
        switch operation.action {
        // A refused write changed nothing; of one whose answer was lost nobody knows.
        case .power, .set, .delete:
            if error.kind != .outcomeUnknown { ledger.refused(operation.id) }
        case .waitTask(.task(let task), _):
            guard let status = error.seen else { return }
            if [.taskFailed, .taskCancelled].contains(error.kind) {
                ledger.turnedBack(task.guestID, in: status)
            } else {
                ledger.saw(task.guestID, in: status)
            }
        default: break
        }
    }

    /// The guest whose power the operation asks for or waits for; nil where it isn't known which.
    fileprivate func power(of operation: Operation) -> (guest: GuestID, action: PowerAction)? {
        switch operation.action {
        case .waitTask(.task(let task), _): (task.guestID, task.action)
        case .power: ledger.power(of: operation.id)
        default: nil
        }
    }

    fileprivate mutating func notePower(_ outcome: RunRecord.Outcome, deliveredTo path: TaskPath) {
        switch outcome.result {
        // What was under way already is somebody else's.
        case .success(.task(let task)) where task.status == .running:
            if task.changed { askedPower[task.guestID] = .init(action: task.action, task: path) }
        case .success(.task(let task)): askedPower[task.guestID]?.isPending = false
        case .success(.guest(let guest)):
            if askedPower[guest.id]?.action.wantedStatus.isReached(in: guest.status) == true {
                askedPower[guest.id]?.isPending = false
            }
        case .failure(let error):
            guard let (guest, action) = outcome.power else { return }
            switch error.kind {
            // Whether the guest was asked is not known: it may have been.
            case .outcomeUnknown: askedPower[guest] = .init(action: action, task: path)
            // It has ended, the other way.
            case .taskFailed, .taskCancelled: askedPower[guest]?.isPending = false
            default: break
            }
        case .success: break
        }
    }
}

extension Operation {
    /// The name without its table: `shutdown`.
    var shortName: String { Self.shortName(of: name) }

    /// An operation's name without its table.
    static func shortName(of name: String) -> String { name.split(separator: ".").last.map(String.init) ?? name }
}
