import LuaRuntime
import VirtualMachines

/// Something that happened in a run and that somebody may want to see.
public enum RunEvent: Sendable {
    /// The script printed: bytes, with the line's end.
    case printed([UInt8])
    /// The script logged.
    case logged(LogEntry)
    /// A step of the workflow begins.
    case stepBegan(StepReport)
    /// A step of the workflow ended, with what it failed with.
    case stepEnded(StepReport, failure: String?)
    /// An operation begins.
    case began(OperationReport)
    /// An operation goes on; percent where the NAS tells.
    case progressed(OperationReport, percent: Int?)
    /// The NAS could not take a write on for now: it is asked again.
    case postponed(OperationReport, reason: String)
    /// A write's answer is missing: before anything else is done, it is found out what became of it.
    case answerLost(OperationReport, reason: String)
    /// An operation ended.
    case ended(OperationReport, Result<Answer, ScriptError>)
}

/// A line of a script's log.
public struct LogEntry: Sendable {
    /// How much it matters.
    public enum Level: String, Sendable, CaseIterable {
        /// For whoever debugs.
        case debug
        /// For the record.
        case info
        /// Something is off.
        case warn
        /// Something failed.
        case error
    }

    /// When, by the run's clock; ``RunClock/wallTime(of:)`` has the time of day.
    public let time: Timestamp
    /// How much it matters.
    public let level: Level
    /// What.
    public let message: String
    /// With what, in a defined order.
    public let fields: [LuaTable.Field]

    /// About how many bytes it takes to write.
    var size: Int {
        message.utf8.count + fields.reduce(16) { $0 + $1.key.size + $1.value.size }
    }
}

/// A step of a workflow as it is reported.
public struct StepReport: Sendable {
    /// Number within the run, from 1.
    public let id: Int
    /// The step that this one is part of.
    public let parent: Int?
    /// The task that is at it; its operations, and those of tasks below it, are part of the step.
    public let path: TaskPath
    /// What is done: the script's name for it, or the function's: `restart`.
    public let name: String
    /// The guest that it is about, if it is about one.
    public let guest: String?
    /// When it began, by the run's clock.
    public let start: Timestamp
    /// When this was reported, by the run's clock; ``RunClock/wallTime(of:)`` has the time of day.
    public let time: Timestamp

    /// About how many bytes a step takes to write beside its names.
    static let size = 64
}

/// An operation as it is reported.
public struct OperationReport: Sendable {
    /// Identity within the run.
    public let id: OperationID
    /// The function's name.
    public let name: String
    /// What it means for a journal.
    public let operationClass: OperationClass
    /// The guest concerned, by its current name where that is known.
    public let guest: String?
    /// What it is about besides: a question's text, a lock's name.
    public let subject: String?
    /// When it began, by the run's clock.
    public let start: Timestamp
    /// When this was reported, by the run's clock; ``RunClock/wallTime(of:)`` has the time of day.
    public let time: Timestamp

    /// The name without its table: `shutdown`.
    public var shortName: String { Operation.shortName(of: name) }
}

/// Is told what happens in a run, in order, on the Lua thread: it must not block for long.
public protocol Reporter: Sendable {
    /// Takes note of an event.
    func report(_ event: RunEvent)
}
