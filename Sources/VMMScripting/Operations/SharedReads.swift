import LuaRuntime
import Synchronization

/// Reads that several tasks want at the same time: one request answers all who asked before it left.
///
/// Requests leave when the Lua thread has nothing else to do, so that all tasks that are ready have asked by then; in a script
/// that never pauses, when the answers that are there are delivered. Whoever asks later shares the next request, never one that is on its way: that one may not know of what the run did meanwhile.
final class SharedReads<Question: Hashable & Sendable, Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, ScriptError>
    typealias Asking = @Sendable () async throws(ScriptError) -> Value

    private struct Request {
        let ask: Asking
        var callers: [Int: CheckedContinuation<Outcome?, Never>] = [:]
        var task: Task<Void, Never>?
    }

    private struct State {
        var lastNumber = 0
        /// Those on their way, and those that are to leave.
        var requests: [Int: Request] = [:]
        var unsent: [Question: Int] = [:]
        /// Those that are to leave, in order.
        var order: [Int] = []
        /// The request that each caller waits for.
        var requestOf: [Int: Int] = [:]

        mutating func nextNumber() -> Int {
            lastNumber += 1
            return lastNumber
        }
    }

    private let thread: LuaThread
    private let state = Mutex(State())

    /// Shares reads between tasks of the thread.
    init(on thread: LuaThread) {
        self.thread = thread
        thread.whenDrained { [weak self] in self?.send() ?? false }
    }

    /// The answer to a question: `ask` is called, unless somebody else's is about to be.
    ///
    /// Throws what it does, and `cancelled` as soon as the caller's task is.
    func answer(to question: Question, asking ask: @escaping Asking) async throws(ScriptError) -> Value {
        // Where nobody else could ask before the request leaves, it leaves at once.
        if thread.isQuiet, state.withLock(\.unsent.isEmpty) { return try await ask() }
        let caller = state.withLock { $0.nextNumber() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { enroll(caller, question, ask, $0) }
        } onCancel: {
            leave(caller)
        }
        guard let outcome else { throw ScriptError(.cancelled, "cancelled") }
        return try outcome.get()
    }

    private func enroll(
        _ caller: Int,
        _ question: Question,
        _ ask: @escaping Asking,
        _ continuation: CheckedContinuation<Outcome?, Never>
    ) {
        let isCancelled = state.withLock { state in
            // A cancellation that comes from now on finds the caller enrolled.
            if Task.isCancelled { return true }
            let number = state.unsent[question] ?? state.nextNumber()
            if state.unsent.updateValue(number, forKey: question) == nil {
                state.requests[number] = Request(ask: ask)
                state.order.append(number)
                thread.wantTurn()
            }
            state.requests[number]?.callers[caller] = continuation
            state.requestOf[caller] = number
            return false
        }
        if isCancelled { continuation.resume(returning: nil) }
    }

    /// The caller was cancelled; a request that nobody waits for any more is called off.
    private func leave(_ caller: Int) {
        let (continuation, unwanted) = state.withLock {
            state -> (CheckedContinuation<Outcome?, Never>?, Task<Void, Never>?) in
            guard let number = state.requestOf.removeValue(forKey: caller) else { return (nil, nil) }
            let continuation = state.requests[number]?.callers.removeValue(forKey: caller)
            return (continuation, state.requests[number]?.callers.isEmpty == true ? state.requests[number]?.task : nil)
        }
        unwanted?.cancel()
        continuation?.resume(returning: nil)
    }

    /// Sends what was asked for; false if that is nothing.
    private func send() -> Bool {
        let due = state.withLock { state in
            defer { (state.unsent, state.order) = ([:], []) }
            return state.order.compactMap { number -> (Int, Asking)? in
                guard let request = state.requests[number], !request.callers.isEmpty else {
                    state.requests[number] = nil
                    return nil
                }
                return (number, request.ask)
            }
        }
        for (number, ask) in due {
            let task = Task(executorPreference: thread) { [self] in
                do throws(ScriptError) {
                    finish(number, .success(try await ask()))
                } catch {
                    finish(number, .failure(error))
                }
            }
            state.withLock { $0.requests[number]?.task = task }
        }
        return !due.isEmpty
    }

    private func finish(_ number: Int, _ outcome: Outcome) {
        let callers = state.withLock { state in
            let callers = state.requests.removeValue(forKey: number)?.callers ?? [:]
            for caller in callers.keys { state.requestOf[caller] = nil }
            return callers
        }
        for (_, caller) in callers.sorted(by: { $0.key < $1.key }) { caller.resume(returning: outcome) }
    }
}
