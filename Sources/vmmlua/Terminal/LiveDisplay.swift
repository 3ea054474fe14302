import Dispatch
import Synchronization
import VMMScripting
import VirtualMachines

/// Shows a run's status at the bottom of a terminal, below what is written there for good.
///
/// Whoever reports or writes only leaves word, and never waits for the terminal, which may be a slow one far away; a queue of
/// its own draws, with one write each time.
final class LiveDisplay: Reporter {
    private struct State {
        var status: RunStatus
        var isShown = false
        /// How many have the terminal to themselves.
        var borrowerCount = 0
        /// What is to be written above.
        var text: [UInt8] = []
        /// Whether something was written since the last tick.
        var isBusy = false
        /// Whether a drawing is due and not begun.
        var isDue = false
        var tickCount = 0
    }

    let screen: Screen
    private let clock: any RunClock
    private let state: Mutex<State>
    private let block = Mutex(ScreenBlock())
    private let queue: DispatchQueue

    /// A display of a run that lives in the time of `clock`; it draws on `queue`.
    init(
        on screen: Screen,
        clock: any RunClock,
        queue: DispatchQueue = DispatchQueue(label: "vmmlua.display")
    ) {
        self.screen = screen
        self.clock = clock
        self.queue = queue
        state = Mutex(State(status: RunStatus(start: clock.now)))
    }

    /// Takes note of an event, which the next drawing shows.
    func report(_ event: RunEvent) {
        state.withLock { $0.status.note(event) }
    }

    // MARK: Showing

    /// Shows the status until `body` returns.
    func whileShown<Result>(_ body: () async -> Result) async -> Result {
        show()
        // What follows on the queue comes when the program goes on.
        let stops = StopWatch(on: queue) { [self] in draw(isHidden: true) }
        defer { withExtendedLifetime(stops) {} }
        let ticker = Task { [self] in
            // By the wall's clock, whatever the run's is: it is for people.
            while (try? await SystemClock().sleep(for: .milliseconds(100))) != nil { tick() }
        }
        let result = await body()
        ticker.cancel()
        hide()
        return result
    }

    /// Shows the status of a run that begins now.
    func show() {
        state.withLock { state in
            state.status = RunStatus(start: clock.now)
            state.isShown = true
        }
    }

    /// Takes the status away for good, with all written that there was to write.
    func hide() {
        state.withLock { state in
            state.isShown = false
            // Whoever has the terminal still, is broken off in the middle of a line.
            if state.borrowerCount > 0 { state.text.insert(UInt8(ascii: "\n"), at: 0) }
            state.borrowerCount = 0
        }
        queue.sync { draw() }
    }

    /// Draws what has changed; to be called ten times a second.
    func tick() {
        state.withLock { state in
            state.tickCount += 1
            state.isBusy = false
        }
        drawSoon()
    }

    /// Leaves the terminal to `body`, say for a question.
    ///
    /// `body` gets the terminal without the status, with the cursor at the beginning of a line, and has to leave it so. What
    /// others write meanwhile appears after it.
    func lend<Result, Failure>(
        _ body: (TextOutput) async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        queue.sync {
            draw(isHidden: true)
            state.withLock { $0.borrowerCount += 1 }
        }
        defer {
            state.withLock { $0.borrowerCount = max(0, $0.borrowerCount - 1) }
            drawSoon()
        }
        return try await body(screen.output)
    }

    // MARK: Writing

    /// Writes above the status: at once, or with the next tick where much is written.
    private func write(_ bytes: [UInt8]) {
        let (isShown, isBusy) = state.withLock { state in
            state.text += bytes
            defer { state.isBusy = true }
            return (state.isShown, state.isBusy)
        }
        if !isShown {
            queue.sync { draw() }
        } else if !isBusy {
            drawSoon()
        }
    }

    /// `console`, with what is shown on this terminal written above the status.
    func console(over console: Console) -> Console {
        let above = TextOutput(isTerminal: true) { [self] bytes in write(bytes) }
        return Console(out: screen.showsOutput ? above : console.out, err: above, screen: screen, display: self)
    }

    private func drawSoon() {
        let wasDue = state.withLock { state in
            defer { state.isDue = true }
            return state.isDue
        }
        // Drawings don't pile up where the terminal is slow.
        if !wasDue { queue.async { [self] in draw() } }
    }

    /// On the queue alone.
    private func draw(isHidden: Bool = false) {
        let (size, isOurs) = (screen.size(), screen.isOurs())
        let (text, status, frame) = state.withLock { state -> ([UInt8], RunStatus?, Int) in
            state.isDue = false
            guard state.borrowerCount == 0 else { return ([], nil, 0) }
            defer { state.text = [] }
            let isVisible = state.isShown && isOurs && !isHidden
            return (state.text, isVisible ? state.status : nil, state.tickCount / 2)
        }
        let lines = status.map { StatusBlock(status: $0, time: clock.now, frame: frame).lines(in: size) } ?? []
        let bytes = block.withLock { block in
            block.draw(lines.map { $0.isAlarming ? screen.alarming($0.text) : $0.text }, below: text)
        }
        if !bytes.isEmpty { screen.output.write(bytes) }
    }
}
