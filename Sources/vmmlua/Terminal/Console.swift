import Foundation
import VirtualMachines

/// Where a command writes: results to `out`, all else to `err`.
struct Console: Sendable {
    let out: TextOutput
    let err: TextOutput
    /// The terminal that `err` is, if it is one that can be drawn on.
    var screen: Screen?
    /// What is shown there below all that is written.
    var display: LiveDisplay?
    private let terminalTurn = Turn()

    /// One that writes there, and shows and asks nothing unless told where.
    init(out: TextOutput, err: TextOutput, screen: Screen? = nil, display: LiveDisplay? = nil) {
        self.out = out
        self.err = err
        self.screen = screen
        self.display = display
    }

    /// The process's own.
    static var standard: Console {
        Console(
            out: TextOutput(descriptor: STDOUT_FILENO),
            err: TextOutput(descriptor: STDERR_FILENO),
            screen: .ofStandardError(environment: ProcessInfo.processInfo.environment)
        )
    }

    /// One that shows a run's status below what it writes, where its terminal can.
    func withDisplay(clock: any RunClock) -> Console {
        screen.map { LiveDisplay(on: $0, clock: clock).console(over: self) } ?? self
    }

    /// Runs `body`, and shows its status meanwhile if there is a display.
    func whileDisplaying<Result>(_ body: () async -> Result) async -> Result {
        guard let display else { return await body() }
        return await display.whileShown(body)
    }

    /// Leaves the terminal to `body`, say for a question, which it writes to the output that it gets; see
    /// ``LiveDisplay/lend(_:)``.
    ///
    /// One gets it after the other. Throws as soon as the task is cancelled while another has it.
    func lendTerminal<Result>(
        _ body: (TextOutput) async -> Result
    ) async throws(CancellationError) -> Result {
        try await terminalTurn.take()
        defer { terminalTurn.give() }
        guard let display else { return await body(err) }
        return await display.lend(body)
    }
}
