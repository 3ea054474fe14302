import LuaRuntime
import Synchronization
import VMMScripting

/// Shows a run to a person: what the script prints on one stream, what it does on the other.
final class TextReporter: Reporter {
    private let printed: TextOutput
    private let err: TextOutput
    private let screen: Screen?
    private let isRaw: Bool
    private let progress = Mutex(ProgressText())
    private let foreignBreaks = Mutex(ForeignBreaks())

    /// One that lets through to a terminal what a script prints where `isRaw`.
    init(_ console: Console, isRaw: Bool) {
        printed = console.out
        err = console.err
        screen = console.display?.screen
        self.isRaw = isRaw
    }

    /// For a command whose standard output belongs to its result: prints go to the other stream as well.
    init(allOn output: TextOutput, isRaw: Bool) {
        printed = output
        err = output
        screen = nil
        self.isRaw = isRaw
    }

    /// Shows a value that a script returned; a string by itself as if it were printed.
    func show(_ value: LuaValue, as text: ValueText) {
        guard case .string(let string) = value else { return printed.write(line: text.text(value)) }
        report(.printed(string.bytes + [UInt8(ascii: "\n")]))
    }

    func report(_ event: RunEvent) {
        let isEscaping = printed.isTerminal && !isRaw
        if isEscaping { foreignBreaks.withLock { $0.note(event) } }
        switch event {
        case .printed(let bytes):
            guard isEscaping else { return printed.write(bytes) }
            printed.write(printed: foreignBreaks.withLock { $0.escaping(bytes) })
        case .logged(let entry): err.write(line: entry.line(timeOfDay: entry.time.localTimeOfDay))
        case .stepBegan, .stepEnded, .began, .progressed, .postponed, .answerLost, .ended:
            guard let line = progress.withLock({ $0.line(for: event) }) else { return }
            guard event.isFailure, let screen else { return err.write(line: line) }
            err.write(line: line) { screen.alarming($0) }
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
