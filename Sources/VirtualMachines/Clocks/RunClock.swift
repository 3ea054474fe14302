/// The time that a run lives in; nothing else asks the wall clock or sleeps.
public protocol RunClock: Sendable {
    /// The present. It never goes back.
    var now: Timestamp { get }

    /// Returns at `deadline` or after it; throws `CancellationError` as soon as the task is cancelled.
    func sleep(until deadline: Timestamp) async throws
}

extension RunClock {
    /// Returns after `duration`; throws `CancellationError` as soon as the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        try await sleep(until: now + duration)
    }
}
