import LuaRuntime
import Synchronization
import VMMScripting

/// Shows a run to a person: what the script prints on one stream, what it does on the other.
final class TextReporter: Reporter {
    private let printed: TextOutput
    private let err: TextOutput
    private let screen: Screen?
    private let progress = Mutex(ProgressText())

    init(_ console: Console) {
        printed = console.out
        err = console.err
        screen = console.display?.screen
    }

    /// For a command whose standard output belongs to its result: prints go to the other stream as well.
    init(allOn output: TextOutput) {
        printed = output
        err = output
        screen = nil
    }

    func report(_ event: RunEvent) {
        switch event {
        case .printed(let bytes): printed.write(bytes)
        case .warned: break  // the command has written it, whatever its output
        case .logged(let entry): err.write(line: entry.line(timeOfDay: entry.time.localTimeOfDay))
        case .stepBegan, .stepEnded, .began, .progressed, .answerLost, .ended:
            guard let line = progress.withLock({ $0.line(for: event) }) else { return }
            err.write(line: event.isFailure ? screen?.alarming(line) ?? line : line)
        }
    }
}

extension LogEntry {
    /// The entry in one line: `02:00:13  warn: message  key=value`.
    func line(timeOfDay: String) -> String {
        let plain = ValueText(width: nil)
        let pairs = fields.map { "  \(plain.plain($0.key).escapingControls)=\(plain.inline($0.value))" }
            .joined()
        return "\(timeOfDay)  \(level.rawValue): \(message.escapingControls)\(pairs)"
    }
}
