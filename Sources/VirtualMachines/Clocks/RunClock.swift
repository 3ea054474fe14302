/// The time that a run lives in; nothing else asks the wall clock or sleeps.
public protocol RunClock: Sendable {
    /// The present. It never goes back.
    var now: Timestamp { get }

    /// Returns at `deadline` or after it; throws `CancellationError` as soon as the task is cancelled.
    func sleep(until deadline: Timestamp) async throws

    /// As ``sleep(until:)``, for a watch over others: a virtual clock isn't moved on for its sake.
    func standBy(until deadline: Timestamp) async throws
}

extension RunClock {
    /// Sleeps.
    public func standBy(until deadline: Timestamp) async throws {
        try await sleep(until: deadline)
    }

    /// Returns after `duration`; throws `CancellationError` as soon as the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        try await sleep(until: now + duration)
    }
}
