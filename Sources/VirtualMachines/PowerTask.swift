/// The identity of a task on its NAS.
public struct TaskID: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The id as the NAS spells it.
    public let rawValue: String

    /// Wraps an id as the NAS spells it.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Wraps an id written out in source.
    public init(stringLiteral value: String) {
        self.rawValue = value
    }

    /// The id as the NAS spells it.
    public var description: String { rawValue }
}

/// A change of a guest's power.
public enum PowerAction: String, Sendable, CaseIterable {
    /// Start the guest.
    case powerOn = "power_on"
    /// Ask the guest to shut itself down.
    case shutdown
    /// Cut the guest's power.
    case powerOff = "power_off"

    /// The status that the guest is in when the action is done.
    public var wantedStatus: GuestStatus { self == .powerOn ? .running : .stopped }
}

/// How far a task is.
public enum TaskStatus: String, Sendable, CaseIterable {
    /// Under way.
    case running
    /// Done.
    case completed
    /// Ended without effect, or with half of it.
    case failed
    /// Ended by someone.
    case cancelled
}

/// What a NAS says of one of its tasks.
public struct TaskReport: Sendable, Equatable {
    /// Identity.
    public var id: TaskID
    /// How far it is.
    public var status: TaskStatus
    /// Percent done, 0 to 100, where the NAS tells.
    public var progress: Int?
    /// What the task does, in the NAS's word, where it tells.
    public var operation: String?
    /// The guest that it works on, where the NAS tells.
    public var guestID: GuestID?
    /// Why it failed, where the NAS tells.
    public var failure: String?

    /// Describes a task.
    public init(
        id: TaskID,
        status: TaskStatus,
        progress: Int? = nil,
        operation: String? = nil,
        guestID: GuestID? = nil,
        failure: String? = nil
    ) {
        self.id = id
        self.status = status
        self.progress = progress
        self.operation = operation
        self.guestID = guestID
        self.failure = failure
    }
}

/// What a NAS says to a change of power that it accepts.
public struct PowerAnswer: Sendable, Equatable {
    /// The task that carries it out, where the dialect has tasks for that; else the guest's status tells.
    public var taskID: TaskID?
    /// False where the NAS says that the guest is as wanted already.
    public var changed: Bool

    /// Describes an answer.
    public init(taskID: TaskID? = nil, changed: Bool = true) {
        self.taskID = taskID
        self.changed = changed
    }
}

/// A power action on its way: the guest, what was asked, and the status that ends it.
///
/// It stands for itself where a dialect gives no task id: the guest's status then tells the outcome.
public struct PowerTask: Sendable, Equatable {
    /// The NAS's own task, where there is one.
    public var id: TaskID?
    /// The guest.
    public var guestID: GuestID
    /// The guest's name when the action was asked.
    public var guestName: String
    /// What was asked.
    public var action: PowerAction
    /// How far it is.
    public var status: TaskStatus
    /// Percent done, 0 to 100, where known.
    public var progress: Int?
    /// Whether anything was asked of the NAS: false when the guest was as wanted already.
    public var changed: Bool

    /// Describes a power action on its way.
    public init(
        id: TaskID?,
        guestID: GuestID,
        guestName: String,
        action: PowerAction,
        status: TaskStatus,
        progress: Int? = nil,
        changed: Bool
    ) {
        self.id = id
        self.guestID = guestID
        self.guestName = guestName
        self.action = action
        self.status = status
        self.progress = progress
        self.changed = changed
    }

    /// The status that the guest is in when the task is done.
    public var wantedStatus: GuestStatus { action.wantedStatus }
}
