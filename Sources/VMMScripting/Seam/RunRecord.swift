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
    fileprivate struct State {
        var touched: [GuestID: TouchedGuest] = [:]
        var order: [GuestID] = []
        var results: [OperationID: Result<Answer, ScriptError>] = [:]
        /// What each write that is under way made of its guest's entry.
        var intents: [OperationID: (guest: GuestID, previous: TouchedGuest?)] = [:]
        var usage: ScriptUsage?
        var arguments: [String] = []
    }

    private let state = Mutex(State())
    private let journal: any Journal
    private let clock: any RunClock

    init(journal: any Journal, clock: any RunClock) {
        self.journal = journal
        self.clock = clock
    }

    // MARK: Touched guests

    /// The guests that the run changed or began to change, in the order in which it last did.
    var touchedGuests: [TouchedGuest] {
        state.withLock { state in state.order.compactMap { state.touched[$0] } }
    }

    func willWrite(_ operation: Operation, _ guest: Guest) {
        state.withLock { state in
            state.order.removeAll { $0 == guest.id }
            state.order.append(guest.id)
            state.intents[operation.id] = (guest.id, state.touched[guest.id])
            state.touched[guest.id] = TouchedGuest(name: guest.name, action: operation.shortName, isDone: false)
        }
    }

    func finished(_ operation: Operation, _ result: Result<Answer, ScriptError>) {
        state.withLock { state in
            state.results[operation.id] = result
            let intent = state.intents.removeValue(forKey: operation.id)
            switch (operation.action, result) {
            case (.set, .success(.change(let guest, _, _))), (.delete, .success(.change(let guest, _, _))):
                state.touched[guest.id]?.isDone = true
            case (.waitTask, .success(.task(let task))): state.touched[task.guestID]?.isDone = true
            // A refused write changed nothing; of one whose answer was lost nobody knows.
            case (_, .failure(let error)) where error.kind != .outcomeUnknown && error.kind != .badAnswer:
                if let intent { state.touched[intent.guest] = intent.previous }
            case (_, .success(.guest(let guest))): state.settle(guest)
            case (_, .success(.guests(let guests))) where !state.touched.isEmpty:
                for guest in guests { state.settle(guest) }
            default: break
            }
        }
    }

    // MARK: Deliveries

    func delivered(_ delivery: Delivery) {
        let id = OperationID(path: delivery.path, sequence: delivery.sequence)
        guard let result = state.withLock({ $0.results.removeValue(forKey: id) }) else { return }
        journal.noteDelivery(delivery.number, of: id, result: result, at: clock.now)
    }

    // MARK: Arguments

    /// The script's arguments as they were given.
    var arguments: [String] {
        get { state.withLock(\.arguments) }
        set { state.withLock { $0.arguments = newValue } }
    }

    /// What the script's arguments should have been, once it was asked.
    var usage: ScriptUsage? {
        get { state.withLock(\.usage) }
        set { state.withLock { $0.usage = newValue } }
    }
}

extension RunRecord.State {
    /// A guest that is seen in the status that was wanted of it is no longer midway.
    fileprivate mutating func settle(_ guest: Guest) {
        guard let action = touched[guest.id].flatMap({ PowerAction(rawValue: $0.action) }) else { return }
        if guest.status == action.wantedStatus { touched[guest.id]?.isDone = true }
    }
}

extension Operation {
    /// The name without its table: `shutdown`.
    var shortName: String { name.split(separator: ".").last.map(String.init) ?? name }
}
