import Dispatch
import Synchronization

/// Lines from standard input, whose reading a signal can break off although the system's call goes on.
final class LineInput: Sendable {
    /// What came of waiting for a line.
    enum Event: Sendable, Equatable {
        /// A line, without its end.
        case line(String)
        /// Ctrl-C, instead of a line.
        case interrupt
        /// No more will come.
        case end
    }

    private struct State {
        var waiting: CheckedContinuation<Event, Never>?
        /// A line that came when nobody waited any more.
        var early: String?
        /// Whether the system's call is under way.
        var isReading = false
        var isClosed = false
        /// What Ctrl-C does while something is evaluated.
        var evaluation: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "vmmlua.input")
    private let read: @Sendable () -> String?

    init(read: @escaping @Sendable () -> String? = { Terminal.readLine() }) {
        self.read = read
    }

    /// Waits for the next line, or for the task to be cancelled, which is as Ctrl-C.
    func next() async -> Event {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (event, mustRead) = state.withLock { state -> (Event?, Bool) in
                    if Task.isCancelled { return (.interrupt, false) }
                    if let line = state.early.take() { return (.line(line), false) }
                    guard !state.isClosed else { return (.end, false) }
                    state.waiting = continuation
                    defer { state.isReading = true }
                    return (nil, !state.isReading)
                }
                if let event { continuation.resume(returning: event) }
                if mustRead { queue.async { [self] in readOne() } }
            }
        } onCancel: {
            state.withLock { $0.waiting.take() }?.resume(returning: .interrupt)
        }
    }

    /// Begins anew at a terminal: forgets a line that came when nobody waited, and that Ctrl-D was pressed.
    func beginAnew() {
        state.withLock { state in
            state.early = nil
            state.isClosed = false
        }
    }

    private func readOne() {
        let line = read()
        let waiting = state.withLock { state in
            state.isReading = false
            if line == nil { state.isClosed = true }
            if state.waiting == nil { state.early = line }
            return state.waiting.take()
        }
        waiting?.resume(returning: line.map(Event.line) ?? .end)
    }

    /// Ends the input: who waits for a line gets none.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            return state.waiting.take()
        }
        waiting?.resume(returning: .end)
    }

    // MARK: Ctrl-C

    /// Has Ctrl-C call `cancel`, until ``endEvaluation()``.
    func beginEvaluation(cancel: @escaping @Sendable () -> Void) {
        state.withLock { $0.evaluation = cancel }
    }

    /// Lets Ctrl-C concern the prompt again.
    func endEvaluation() {
        state.withLock { $0.evaluation = nil }
    }

    /// Hands Ctrl-C to what is evaluated, or to who waits for a line; false if there is neither.
    func takeInterrupt() -> Bool {
        let (waiting, evaluation) = state.withLock { state in
            (state.waiting.take(), state.evaluation)
        }
        waiting?.resume(returning: .interrupt)
        evaluation?()
        return waiting != nil || evaluation != nil
    }
}
