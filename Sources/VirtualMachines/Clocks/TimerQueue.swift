import Dispatch
import Synchronization

/// Wakes sleepers at their deadlines, with one timer of the system for all of them: thousands may sleep at once.
final class TimerQueue: Sendable {
    static let shared = TimerQueue()

    fileprivate typealias Continuation = CheckedContinuation<Void, any Error>

    fileprivate struct Entry {
        let deadline: ContinuousClock.Instant
        let sleeper: Int
    }

    fileprivate struct State {
        /// By deadline, earliest first; those of sleepers that were cancelled are passed over.
        var entries: [Entry] = []
        var sleepers: [Int: Continuation] = [:]
        /// Cancelled before they slept.
        var cancelled: Set<Int> = []
        var lastSleeper = 0
        let timer = DispatchSource.makeTimerSource(queue: .global())
    }

    private let state = Mutex(State())

    private init() {
        state.withLock { state in
            state.timer.setEventHandler { [unowned self] in wake() }
            state.timer.activate()
        }
    }

    /// Returns at `deadline` or after it; throws `CancellationError` as soon as the task is cancelled.
    @inline(__always)
    func sleep(until deadline: ContinuousClock.Instant) async throws {
        let sleeper = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        // A cancellation may come when the sleeper is awake already.
        defer { state.withLock { _ = $0.cancelled.remove(sleeper) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { add($0, sleeper, deadline) }
        } onCancel: {
            cancel(sleeper)
        }
    }

    private func add(_ continuation: Continuation, _ sleeper: Int, _ deadline: ContinuousClock.Instant) {
        let wasCancelled = state.withLock { state in
            if state.cancelled.remove(sleeper) != nil { return true }
            state.sleepers[sleeper] = continuation
            let index = state.entries.partitionIndex { $0.deadline > deadline }
            state.entries.insert(Entry(deadline: deadline, sleeper: sleeper), at: index)
            if index == 0 { state.schedule(deadline) }
            return false
        }
        if wasCancelled { continuation.resume(throwing: CancellationError()) }
    }

    private func cancel(_ sleeper: Int) {
        let continuation = state.withLock { state in
            let continuation = state.sleepers.removeValue(forKey: sleeper)
            if continuation == nil { state.cancelled.insert(sleeper) }
            // Most sleepers of a run that ends early are cancelled: what they leave must not pile up.
            if state.entries.count > 2 * state.sleepers.count + 64 {
                state.entries.removeAll { state.sleepers[$0.sleeper] == nil }
            }
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }

    private func wake() {
        let due = state.withLock { state in
            let count = state.entries.partitionIndex { [now = ContinuousClock.now] in $0.deadline > now }
            let due = state.entries.prefix(count).compactMap { state.sleepers.removeValue(forKey: $0.sleeper) }
            state.entries.removeFirst(count)
            if let next = state.entries.first { state.schedule(next.deadline) }
            return due
        }
        for continuation in due { continuation.resume() }
    }
}

extension TimerQueue.State {
    fileprivate func schedule(_ deadline: ContinuousClock.Instant) {
        let wait = deadline - .now
        let nanoseconds = Int(max(0, min(wait / .nanoseconds(1), 3e18)))
        // The other time of Dispatch stands still while the machine is suspended.
        timer.schedule(wallDeadline: .now() + .nanoseconds(nanoseconds), leeway: .nanoseconds(0))
    }
}

extension Array {
    /// The first index whose element fulfils `condition`, which those behind it fulfil as well.
    fileprivate func partitionIndex(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
