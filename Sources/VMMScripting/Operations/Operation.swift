import LuaRuntime
import VirtualMachines

/// What an operation means for a journal and for a resumed run.
public enum OperationClass: String, Sendable {
    /// Asks; may be asked again.
    case read
    /// Changes something; must not happen twice.
    case write
    /// Waits for a time or a state.
    case wait
    /// Waits for a person.
    case person
}

/// The identity of an operation within its run: the task, and which of the task's operations it is.
public struct OperationID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The task.
    public let path: TaskPath
    /// Counted from 1 within the task.
    public let sequence: Int

    /// Names an operation.
    public init(path: TaskPath, sequence: Int) {
        self.path = path
        self.sequence = sequence
    }

    /// The path and the sequence.
    public var description: String { "\(path)#\(sequence)" }

    /// By path, then by sequence.
    public static func < (left: OperationID, right: OperationID) -> Bool {
        (left.path, left.sequence) < (right.path, right.sequence)
    }
}

/// An effect that a script asks for: what gets its answer from outside.
public struct Operation: Sendable {
    /// What can be asked for.
    public indirect enum Action: Sendable {
        /// All guests.
        case list
        /// The guests that a text in a selection means.
        case select(String)
        /// How guests stand, and nothing else of them.
        case statuses(GuestSelection)
        /// One guest.
        case get(GuestReference, additional: Set<GuestDetail>)
        /// A change of power.
        case power(PowerRequest)
        /// A change of settings; a NAS that can't be asked now is asked again within that time, or without end.
        case set(GuestReference, GuestSettings, patience: Duration?)
        /// A guest deleted for good, with the same patience.
        case delete(GuestReference, patience: Duration?)
        /// The tasks that the NAS remembers.
        case tasks
        /// What there is beside guests.
        case inventory(Inventory)
        /// A task's end.
        case waitTask(TaskReference, timeout: Duration?)
        /// A guest in one of these statuses.
        case waitStatus(GuestReference, [GuestStatus], timeout: Duration?)
        /// Whether something answers, within a time in all.
        case probe(Probe, timeout: Duration)
        /// A person's leave, within a time.
        case approve(String, expires: Duration?)
        /// A lock by its name, by the number with which it is given back.
        case lock(String, number: Int, wait: Duration?)
        /// Time passed.
        case sleep(Duration)
        /// A function that the embedding program added.
        case custom(CustomCall)
    }

    /// A change of power as a script asks for it.
    public struct PowerRequest: Sendable {
        /// What is asked.
        public let action: PowerAction
        /// Of which guest.
        public let guest: GuestReference
        /// Whether power is cut rather than the guest asked; of ``PowerAction/powerOff`` alone.
        public var isForced = false
        /// How long a NAS that can't be asked now is asked again; nil for without end.
        public let patience: Duration?
    }

    /// A call of a function that the embedding program added.
    public struct CustomCall: Sendable {
        /// The arguments as the script gave them.
        public let arguments: [LuaValue]
        /// Its class.
        public let operationClass: OperationClass
        let checked: Arguments
        let body: Binding.CustomBody
    }

    /// Identity within the run.
    public let id: OperationID
    /// The function's name, such as `vmm.power_on`.
    public let name: String
    /// The permission that it needs, such as `vmm.power_on`.
    public let permission: String?
    /// What is asked for.
    public let action: Action

    /// What the operation means for a journal.
    public var operationClass: OperationClass {
        switch action {
        case .list, .select, .statuses, .get, .tasks, .inventory, .probe: .read
        case .power, .set, .delete: .write
        case .waitTask, .waitStatus, .sleep, .lock: .wait
        case .approve: .person
        case .custom(let call): call.operationClass
        }
    }

    /// How long it sleeps, if that is all it does.
    var sleep: Duration? {
        guard case .sleep(let duration) = action else { return nil }
        return duration
    }

    /// What it is about where that is no guest.
    var subject: String? {
        switch action {
        case .approve(let question, _): question
        case .lock(let name, _, _): name
        default: nil
        }
    }

    /// The guest that it is about, as the script named it.
    public var guestLabel: String? {
        switch action {
        case .get(let guest, _), .set(let guest, _, _), .delete(let guest, _), .waitStatus(let guest, _, _):
            guest.label
        case .power(let request): request.guest.label
        case .waitTask(.task(let task), _): task.guestName
        case .list, .select, .statuses, .tasks, .inventory, .waitTask, .probe, .approve, .lock, .sleep, .custom: nil
        }
    }
}

/// The answer to an operation, before it becomes Lua values.
public indirect enum Answer: Sendable {
    /// No value.
    case nothing
    /// Guests, sorted by name, then id.
    case guests([Guest])
    /// How guests stand.
    case statuses([GuestID: GuestStatus])
    /// A guest.
    case guest(Guest)
    /// A power action.
    case task(PowerTask)
    /// Tasks of the NAS.
    case tasks([TaskReport], names: [GuestID: String])
    /// Descriptions, as the NAS gives them.
    case objects([JSONObject])
    /// What a write changed; `after` is absent for a guest that was deleted.
    case change(before: Guest, after: Guest?, changed: Bool)
    /// What came of a probe.
    case probe(ProbeOutcome)
    /// A person's leave, and when it was given.
    case approval(Approval, at: Timestamp)
    /// Values of the embedding program's own.
    case values([LuaValue])
}
