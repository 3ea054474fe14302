import Synchronization
import VMMScripting

/// Tells what is doubtful about a call, a line each on standard error, and keeps it for a result that shows it too.
final class Warnings: Sendable {
    private let err: TextOutput
    private let event: (@Sendable (String) -> Void)?
    private let all = Mutex<[String]>([])

    /// Warnings on `err`; `event` is told too, where the output is a line for each event.
    init(on err: TextOutput, event: (@Sendable (String) -> Void)? = nil) {
        self.err = err
        self.event = event
    }

    /// What was told.
    var told: [String] { all.withLock(\.self) }

    func tell(_ message: String) {
        all.withLock { $0.append(message) }
        err.writeWarning(message)
        event?(message)
    }

    /// What is doubtful about a script.
    func tell(_ problems: [String], of script: String) {
        for problem in problems { tell("\(script): \(problem)") }
    }
}
