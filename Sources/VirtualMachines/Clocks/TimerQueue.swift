import Synchronization

/// Wakes sleepers at their deadlines, with few sleeps of the system for all of them: thousands may sleep at once.
///
/// Those sleeps are the continuous clock's: timers on `CLOCK_BOOTTIME` on Linux. Nobody can set that clock, and it counts the time
/// in which the machine is suspended. Of Dispatch's public timers one follows the wall clock, the other stops in suspension.
private final class TimerQueue: Sendable {
    static let shared = TimerQueue()

    private struct State {
        /// By deadline, earliest first; those that were cancelled are passed over.
        var sleepers: [Sleeper] = []
        var cancelledCount = 0
        /// When the queue will look for sleepers whose time is over, the earliest last.
        ///
        /// None is taken back, as a sleep of the system that is cancelled keeps its timer. A new one is set only where none
        /// comes before it, so there are few: a poll's, say, before that of the run's limit.
        var alarms: [ContinuousClock.Instant] = []
    }

    private let state = Mutex(State())

    func add(_ sleeper: Sleeper) {
        state.withLock { state in
            let index = state.sleepers.partitionIndex { $0.deadline > sleeper.deadline }
            state.sleepers.insert(sleeper, at: index)
            if index == 0 { setAlarm(&state) }
        }
    }

    /// A sleeper that was added will not sleep on.
    func noteCancellation() {
        state.withLock { state in
            // Most sleepers of a run that ends early are cancelled: what they leave must not pile up.
            state.cancelledCount += 1
            guard state.cancelledCount > state.sleepers.count / 2 + 64 else { return }
            state.sleepers.removeAll { !$0.isAsleep }
            state.cancelledCount = 0
        }
    }

    private func setAlarm(_ state: inout State) {
        guard let deadline = state.sleepers.first?.deadline else { return }
        if let earliest = state.alarms.last, earliest <= deadline { return }
        state.alarms.append(deadline)
        Task.detached { [self] in
            // Nobody cancels it. Should it end early, the alarm is set again.
            try? await Task.sleep(until: deadline, tolerance: .zero, clock: .continuous)
            wake(byAlarmAt: deadline)
        }
    }

    private func wake(byAlarmAt deadline: ContinuousClock.Instant) {
        let due = state.withLock { state in
            state.alarms.removeAll { $0 == deadline }
            let count = state.sleepers.partitionIndex { [now = ContinuousClock.now] in $0.deadline > now }
            let due = Array(state.sleepers.prefix(count))
            state.sleepers.removeFirst(count)
            setAlarm(&state)
            return due
        }
        for sleeper in due { sleeper.wake() }
    }
}

/// Someone who sleeps once.
///
/// What a sleeper needs is here and not in the frames of those who wait for it, as thousands may.
final class Sleeper: Sendable {
    private enum State {
        case awake
        case asleep(CheckedContinuation<Void, any Error>)
        /// Perhaps before it fell asleep.
        case cancelled
        case woken
    }

    fileprivate let deadline: ContinuousClock.Instant
    private let state = Mutex(State.awake)

    @inline(never)
    init(for duration: Duration) {
        deadline = .now + duration
    }

    /// Returns when the time is over; throws `CancellationError` as soon as the task is cancelled.
    @inline(__always)
    func sleep() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { fallAsleep($0) }
        } onCancel: {
            cancel()
        }
    }

    @inline(never)
    private func fallAsleep(_ continuation: CheckedContinuation<Void, any Error>) {
        let isCancelled = state.withLock { state in
            if case .cancelled = state { return true }
            state = .asleep(continuation)
            return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) } else { TimerQueue.shared.add(self) }
    }

    fileprivate var isAsleep: Bool {
        state.withLock { if case .asleep = $0 { true } else { false } }
    }

    fileprivate func wake() {
        change(to: .woken)?.resume()
    }

    private func cancel() {
        guard let continuation = change(to: .cancelled) else { return }
        continuation.resume(throwing: CancellationError())
        TimerQueue.shared.noteCancellation()
    }

    /// Returns whom to tell if it was asleep.
    private func change(to new: State) -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            let old = state
            state = new
            return if case .asleep(let continuation) = old { continuation } else { nil }
        }
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
