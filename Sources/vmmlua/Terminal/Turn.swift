import Synchronization

/// Lets one in at a time, in the order in which they came.
final class Turn: Sendable {
    private struct State {
        var isTaken = false
        var lastNumber = 0
        var queue: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Throws as soon as the task is cancelled.
    func take() async throws(CancellationError) {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let isTaken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIn = state.withLock { state -> Bool? in
                    if state.cancelled.remove(number) != nil { return false }
                    if state.isTaken {
                        state.queue.append((number, continuation))
                        return nil
                    }
                    state.isTaken = true
                    return true
                }
                if let isIn { continuation.resume(returning: isIn) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let place = state.queue.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.queue.remove(at: place).continuation
            }
            continuation?.resume(returning: false)
        }
        state.withLock { _ = $0.cancelled.remove(number) }
        if !isTaken { throw CancellationError() }
    }

    func give() {
        let next = state.withLock { state in
            state.isTaken = !state.queue.isEmpty
            return state.queue.isEmpty ? nil : state.queue.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
