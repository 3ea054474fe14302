import VMMScripting
import VirtualMachines

/// How the program ended, for whoever started it.
enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Everything was done.
    case done = 0
    /// The script failed.
    case failed = 1
    /// The call or the configuration is wrong.
    case usage = 2
    /// A plan would change something.
    case changes = 3
    /// The NAS can't be reached or refuses the login.
    case unreachable = 4
    /// A limit ended the script.
    case limited = 5
    /// Another run holds a lock.
    case locked = 75
    /// Ctrl-C.
    case interrupted = 130
    /// Ended by the system.
    case terminated = 143
}

extension ExitStatus {
    /// Decides from the host's own record; no table that a script made has a say.
    init(_ outcome: RunOutcome) {
        switch (outcome.signal, outcome.ending) {
        case (.interrupt?, _): self = .interrupted
        case (.terminate?, _), (.hangUp?, _): self = .terminated
        case (nil, .returned): self = .done
        case (nil, .notConnected(let error)):
            self = error.kind == .cancelled ? .interrupted : outcome.isMisconfigured ? .usage : .unreachable
        case (nil, .failed(let error)): self.init(error, outcome)
        }
    }

    private init(_ error: ScriptError, _ outcome: RunOutcome) {
        switch error.kind {
        case .badArgument where outcome.hasWrongArguments || outcome.isMisconfigured: self = .usage
        case .unreachable, .loginRefused: self = .unreachable
        case .locked: self = .locked
        // Of this kind is what the host ended, and not what the script raised.
        case .limitExceeded where error.limit != nil: self = .limited
        default: self = .failed
        }
    }

    /// The word for it in the JSON output.
    var word: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .usage: "usage"
        case .changes: "changes"
        case .unreachable: "unreachable"
        case .limited: "limit_exceeded"
        case .locked: "locked"
        case .interrupted: "cancelled"
        case .terminated: "interrupted"
        }
    }
}
