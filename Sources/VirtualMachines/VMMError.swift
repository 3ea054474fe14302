/// What went wrong between this program and the machines it manages.
public struct VMMError: Error, Sendable {
    /// The kinds of failure; the raw values are what scripts see as `kind`.
    public enum Code: String, Sendable, CaseIterable {
        /// A value that the call can't take.
        case badArgument = "bad_argument"
        /// No such guest or task.
        case notFound = "not_found"
        /// A name that several guests share.
        case ambiguous
        /// The guest's state refuses the action.
        case wrongState = "wrong_state"
        /// The name is taken.
        case nameConflict = "name_conflict"
        /// The host has not enough CPU or memory.
        case insufficientResources = "insufficient_resources"
        /// The dialect has no such action.
        case unsupported
        /// The NAS refuses this account.
        case accessDenied = "access_denied"
        /// No answer could be had.
        case unreachable
        /// The login was refused; it must not be tried again with the same password.
        case loginRefused = "login_refused"
        /// The NAS asks to come back later.
        case busy
        /// An answer that makes no sense.
        case badAnswer = "bad_answer"
        /// A write was sent and its answer lost: it may have happened.
        case outcomeUnknown = "outcome_unknown"
        /// The NAS says that the task failed.
        case taskFailed = "task_failed"
        /// The NAS says that the task was cancelled.
        case taskCancelled = "task_cancelled"
        /// It took longer than allowed.
        case timeout
        /// The caller gave up.
        case cancelled
    }

    /// What a host may have too little of.
    public enum Resource: Sendable {
        /// Virtual CPUs.
        case vcpus
        /// Memory.
        case memory
    }

    /// The kind of failure.
    public var code: Code
    /// One line for a person: what was wrong, what came, what was expected.
    public var message: String
    /// What to do next, one line.
    public var hint: String?
    /// The web API that answered, such as `SYNO.Virtualization.Guest`.
    public var api: String?
    /// The method that was called.
    public var method: String?
    /// The NAS's own error code; it means something only together with ``api``.
    public var apiCode: Int?
    /// The guest's name or id, where one is concerned.
    public var guest: String?
    /// What lies beneath, in its own words.
    public var cause: String?
    /// Whether the NAS may still be at work on the request, for an answer that didn't get lost but never came: of
    /// `unreachable` and `outcome_unknown` alone.
    public var mayBeUnderWay: Bool
    /// What the host has too little of; known for some `insufficientResources` errors.
    public var lacking: Resource?

    /// Describes a failure.
    public init(
        _ code: Code,
        _ message: String,
        hint: String? = nil,
        api: String? = nil,
        method: String? = nil,
        apiCode: Int? = nil,
        guest: String? = nil,
        cause: String? = nil,
        mayBeUnderWay: Bool = false,
        lacking: Resource? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.api = api
        self.method = method
        self.apiCode = apiCode
        self.guest = guest
        self.cause = cause
        self.mayBeUnderWay = mayBeUnderWay
        self.lacking = lacking
    }
}

extension VMMError: CustomStringConvertible {
    /// The message, and the hint behind it.
    public var description: String {
        guard let hint else { return message }
        return "\(message); \(hint)"
    }
}
