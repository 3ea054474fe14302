import LuaRuntime
import Synchronization
import VirtualMachines

/// A guest that a run has changed or begun to change.
public struct TouchedGuest: Sendable, Hashable {
    /// The guest's name.
    public let name: String
    /// What was asked last, such as `shutdown`.
    public let action: String
    /// Whether the run saw that done; otherwise the guest is midway.
    public internal(set) var isDone: Bool

    /// Describes a guest that was touched.
    public init(name: String, action: String, isDone: Bool) {
        self.name = name
        self.action = action
        self.isDone = isDone
    }
}

/// The host's own record of a run: what its verdicts rest on, out of the script's reach.
final class RunRecord: Sendable {
    /// A write that left, or is about to.
    fileprivate struct Write {
        /// In the order of all writes of the run.
        let number: Int
        let operation: OperationID
        let name: String
        let action: String
        var isDone = false
    }

    fileprivate struct State {
        /// By guest, as lists of a thousand guests are compared with them; in the order in which they were meant.
        var writes: [GuestID: [Write]] = [:]
        var writeCount = 0
        var results: [OperationID: Result<Answer, ScriptError>] = [:]
        var lastDelivery: Timestamp
        /// What the script has asked of a guest's power, by the answers that it was given, and not seen done; and which task.
        var pendingActions: [GuestID: (action: PowerAction, task: TaskPath)] = [:]
        var isCancelled = false
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
        self.state = Mutex(State(lastDelivery: clock.now))
        self.journal = journal
        self.clock = clock
    }

    // MARK: Touched guests

    /// The guests that the run changed or began to change, in the order in which it last did.
    var touchedGuests: [TouchedGuest] {
        state.withLock { state in
            state.writes.values.compactMap { writes in writes.last.map { ($0, writes) } }
                .sorted { $0.0.number < $1.0.number }
                .map { last, writes in
                    // A guest is midway while any write to it is, whatever was done to it since.
                    let open = writes.last { !$0.isDone }
                    return TouchedGuest(name: last.name, action: (open ?? last).action, isDone: open == nil)
                }
        }
    }

    func willWrite(_ operation: Operation, _ guest: Guest) {
        state.withLock { state in
            state.writeCount += 1
            // Of the earlier ones only those count that nobody has seen done.
            state.writes[guest.id, default: []].removeAll(where: \.isDone)
            state.writes[guest.id, default: []]
                .append(
                    Write(
                        number: state.writeCount,
                        operation: operation.id,
                        name: guest.name,
                        action: operation.shortName
                    )
                )
        }
    }

    func finished(_ operation: Operation, _ result: Result<Answer, ScriptError>) {
        state.withLock { state in
            state.results[operation.id] = result
            switch (operation.action, result) {
            case (.set, .success(.change(let guest, _, _))), (.delete, .success(.change(let guest, _, _))):
                state.finish(operation.id, of: guest.id)
            // A refused write changed nothing; of one whose answer was lost nobody knows.
            case (_, .failure(let error)) where error.kind != .outcomeUnknown:
                if operation.operationClass == .write { state.forget(operation.id) }
            case (.waitTask, .success(.task(let task))): state.settle(task.guestID, in: task.wantedStatus)
            case (_, .success(.guest(let guest))): state.settle(guest.id, in: guest.status)
            case (_, .success(.guests(let guests))) where !state.writes.isEmpty:
                for guest in guests { state.settle(guest.id, in: guest.status) }
            case (_, .success(.statuses(let statuses))) where !state.writes.isEmpty:
                for (guest, status) in statuses { state.settle(guest, in: status) }
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
        let result = state.withLock { state in
            state.lastDelivery = now
            let result = state.results.removeValue(forKey: id)
            if case .success(let answer)? = result { state.notePower(answer, deliveredTo: id.path) }
            return result
        }
        if let result { journal.noteDelivery(delivery.number, of: id, result: result, at: now) }
    }

    /// What the script has asked of a guest's power, as the last, and not seen done; and the task that did.
    ///
    /// It changes with deliveries alone, so that a replay sees the same.
    func pendingAction(of guest: GuestID) -> (action: PowerAction, task: TaskPath)? {
        state.withLock { $0.pendingActions[guest] }
    }

    /// Whether the run was cancelled, as a whole.
    var isCancelled: Bool {
        get { state.withLock(\.isCancelled) }
        set { state.withLock { $0.isCancelled = newValue } }
    }

    /// The time that the script sees.
    var lastDelivery: Timestamp { state.withLock(\.lastDelivery) }

    /// What the script's arguments should have been, once it was asked.
    var usage: ScriptUsage? {
        get { state.withLock(\.usage) }
        set { state.withLock { $0.usage = newValue } }
    }
}

extension RunRecord.State {
    fileprivate mutating func notePower(_ answer: Answer, deliveredTo path: TaskPath) {
        switch answer {
        // What was under way already is somebody else's.
        case .task(let task) where task.status == .running && task.changed:
            pendingActions[task.guestID] = (task.action, path)
        case .task(let task) where task.status != .running: pendingActions[task.guestID] = nil
        case .guest(let guest) where pendingActions[guest.id]?.action.wantedStatus == guest.status:
            pendingActions[guest.id] = nil
        default: break
        }
    }

    fileprivate mutating func finish(_ operation: OperationID, of guest: GuestID) {
        guard let index = writes[guest]?.lastIndex(where: { $0.operation == operation }) else { return }
        writes[guest]?[index].isDone = true
    }

    fileprivate mutating func forget(_ operation: OperationID) {
        for (guest, ofGuest) in writes where ofGuest.contains(where: { $0.operation == operation }) {
            let others = ofGuest.filter { $0.operation != operation }
            writes[guest] = others.isEmpty ? nil : others
        }
    }

    /// A guest was seen in `status`: what was last asked of its power is done if that is the status it wanted.
    fileprivate mutating func settle(_ guest: GuestID, in status: GuestStatus) {
        guard let ofGuest = writes[guest] else { return }
        let wanted = ofGuest.last { PowerAction(rawValue: $0.action) != nil }
            .flatMap { PowerAction(rawValue: $0.action)?.wantedStatus }
        guard wanted == status else { return }
        for index in ofGuest.indices where PowerAction(rawValue: ofGuest[index].action) != nil {
            writes[guest]?[index].isDone = true
        }
    }
}

extension Operation {
    /// The name without its table: `shutdown`.
    var shortName: String { Self.shortName(of: name) }

    /// An operation's name without its table.
    static func shortName(of name: String) -> String { name.split(separator: ".").last.map(String.init) ?? name }
}
