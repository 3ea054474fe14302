import VMMScripting
import VirtualMachines

/// A mistake in the call or in the configuration: it ends the program with exit code 2.
struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, one line.
    let message: String
    /// What to do instead.
    let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    init(_ error: VMMError) {
        self.init(error.message, hint: error.hint)
    }

    init(_ error: ScriptError) {
        self.init(error.message, hint: error.hint)
    }

    /// Message and hint on one line.
    var description: String { hint.map { "\(message); \($0)" } ?? message }
}
