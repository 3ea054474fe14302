import VMMScripting
import VirtualMachines

/// Writes a run's events as JSON, one object a line.
final class JSONReporter: Reporter {
    private let out: TextOutput
    private let clock: any RunClock

    init(_ out: TextOutput, clock: any RunClock) {
        self.out = out
        self.clock = clock
    }

    func report(_ event: RunEvent) {
        out.write(json: JSONEvents.line(for: event, clock: clock))
    }
}
