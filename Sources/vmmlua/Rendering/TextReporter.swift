import LuaRuntime
import Synchronization
import VMMScripting
import VirtualMachines

/// Shows a run to a person: what the script prints on one stream, what it does on the other.
final class TextReporter: Reporter {
    private let printed: TextOutput
    private let err: TextOutput
    private let screen: Screen?
    private let timeOfDay: @Sendable (Timestamp) -> String
    private let progress: Mutex<ProgressText>

    /// Events are told with the times of day of `clock`, which is the run's.
    convenience init(_ console: Console, clock: any RunClock) {
        self.init(console.out, console.err, console.display?.screen, clock)
    }

    /// For a command whose standard output belongs to its result: prints go to the other stream as well.
    convenience init(allOn output: TextOutput, clock: any RunClock) {
        self.init(output, output, nil, clock)
    }

    private init(_ printed: TextOutput, _ err: TextOutput, _ screen: Screen?, _ clock: any RunClock) {
        self.printed = printed
        self.err = err
        self.screen = screen
        timeOfDay = { clock.wallTime(of: $0).localTimeOfDay }
        progress = Mutex(ProgressText(timeOfDay: timeOfDay))
    }

    func report(_ event: RunEvent) {
        switch event {
        case .printed(let bytes): printed.write(bytes)
        case .logged(let entry): err.write(line: entry.line(timeOfDay: timeOfDay(entry.time)))
        case .stepBegan, .stepEnded, .began, .progressed, .postponed, .answerLost, .ended:
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
