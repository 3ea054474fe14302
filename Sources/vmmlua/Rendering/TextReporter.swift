import LuaRuntime
import Synchronization
import VMMScripting
import VirtualMachines

/// Shows a run to a person: what the script prints on one stream, what it does on the other.
final class TextReporter: Reporter {
    private let printed: TextOutput
    private let err: TextOutput
    private let screen: Screen?
    private let isRaw: Bool
    private let timeOfDay: @Sendable (Timestamp) -> String
    private let progress: Mutex<ProgressText>
    private let foreignBreaks = Mutex(ForeignBreaks())

    /// One that lets through to a terminal what a script prints where `isRaw`; events are told with the times of day of `clock`,
    /// which is the run's.
    convenience init(_ console: Console, clock: any RunClock, isRaw: Bool) {
        self.init(console.out, console.err, console.display?.screen, clock, isRaw)
    }

    /// For a command whose standard output belongs to its result: prints go to the other stream as well.
    convenience init(allOn output: TextOutput, clock: any RunClock, isRaw: Bool) {
        self.init(output, output, nil, clock, isRaw)
    }

    private init(_ printed: TextOutput, _ err: TextOutput, _ screen: Screen?, _ clock: any RunClock, _ isRaw: Bool) {
        self.printed = printed
        self.err = err
        self.screen = screen
        self.isRaw = isRaw
        timeOfDay = { clock.wallTime(of: $0).localTimeOfDay }
        progress = Mutex(ProgressText(timeOfDay: timeOfDay))
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
        case .logged(let entry): err.write(line: entry.line(timeOfDay: timeOfDay(entry.time)))
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
