import LuaRuntime
import VirtualMachines

/// The kinds of error that a script sees: a closed list.
public enum ErrorKind: String, Sendable, Hashable, CaseIterable {
    /// A value that the function can't take.
    case badArgument = "bad_argument"
    /// No such guest or task.
    case notFound = "not_found"
    /// A name that several guests share.
    case ambiguous
    /// No guest was selected.
    case emptySelection = "empty_selection"
    /// The guest's state refuses the action.
    case wrongState = "wrong_state"
    /// The name is taken.
    case nameConflict = "name_conflict"
    /// The host has not enough CPU or memory.
    case insufficientResources = "insufficient_resources"
    /// The dialect has no such action.
    case unsupported
    /// The sandbox refuses; a flag would allow it.
    case permissionDenied = "permission_denied"
    /// The NAS refuses this account.
    case accessDenied = "access_denied"
    /// No answer could be had.
    case unreachable
    /// The login was refused.
    case loginRefused = "login_refused"
    /// The NAS asks to come back later.
    case busy
    /// An answer that makes no sense.
    case badAnswer = "bad_answer"
    /// A write was sent and its answer lost.
    case outcomeUnknown = "outcome_unknown"
    /// The NAS says that the task failed.
    case taskFailed = "task_failed"
    /// The NAS says that the task was cancelled.
    case taskCancelled = "task_cancelled"
    /// It took longer than allowed.
    case timeout
    /// The run or the task was cancelled.
    case cancelled
    /// The run was ended from outside, and can be resumed.
    case interrupted
    /// Some of a batch failed.
    case batchFailed = "batch_failed"
    /// All of several attempts failed.
    case allFailed = "all_failed"
    /// Every task waits for another.
    case deadlock
    /// A person said no.
    case rejected
    /// Somebody else holds the lock.
    case locked
    /// An error that the script raised itself.
    case script
    /// A limit of the sandbox ended the script; can't be caught.
    case limitExceeded = "limit_exceeded"
    /// A replay went another way than the run; can't be caught.
    case mismatch

    /// The kind under which a script sees a failure of the machines' manager.
    public init(_ code: VMMError.Code) {
        switch code {
        case .badArgument: self = .badArgument
        case .notFound: self = .notFound
        case .ambiguous: self = .ambiguous
        case .wrongState: self = .wrongState
        case .nameConflict: self = .nameConflict
        case .insufficientResources: self = .insufficientResources
        case .unsupported: self = .unsupported
        case .accessDenied: self = .accessDenied
        case .unreachable: self = .unreachable
        case .loginRefused: self = .loginRefused
        case .busy: self = .busy
        case .badAnswer: self = .badAnswer
        case .outcomeUnknown: self = .outcomeUnknown
        case .taskFailed: self = .taskFailed
        case .taskCancelled: self = .taskCancelled
        case .timeout: self = .timeout
        case .cancelled: self = .cancelled
        }
    }
}

extension ErrorKind {
    /// Says that `word` is no kind of error, and what the kinds are; `what` names the argument.
    static func unknown(_ word: LuaValue, _ what: String) -> ScriptError {
        let kinds = allCases.map(\.rawValue)
        let near = word.text.map { nearNames(to: $0, among: kinds) } ?? []
        return ScriptError(
            .badArgument,
            "\(what): there is no kind of error \(word.brief); kinds are \(kinds.joined(separator: ", "))",
            hint: near.first.map { "did you mean \($0)?" }
        )
    }
}
