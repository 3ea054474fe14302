/// The time that a run lives in; nothing else asks the wall clock or sleeps.
public protocol RunClock: Sendable {
    /// The present as durations and deadlines count it: it never goes back and never jumps, whoever sets the wall clock.
    var now: Timestamp { get }

    /// The present as a clock on the wall shows it: for people, and for what depends on the time of day.
    ///
    /// It jumps, also back, when the wall clock is set. Nothing that waits goes by it.
    var wallTime: Timestamp { get }

    /// Returns at `deadline` or after it; throws `CancellationError` as soon as the task is cancelled.
    func sleep(until deadline: Timestamp) async throws

    /// As ``sleep(until:)``, for a watch over others: a virtual clock isn't moved on for its sake.
    func standBy(until deadline: Timestamp) async throws
}

extension RunClock {
    /// The same as ``now``, where nobody can set the clock.
    public var wallTime: Timestamp { now }

    /// What the wall clock shows at an instant of this clock, as the wall clock is set now.
    public func wallTime(of instant: Timestamp) -> Timestamp {
        instant + (wallTime - now)
    }

    /// Sleeps.
    public func standBy(until deadline: Timestamp) async throws {
        try await sleep(until: deadline)
    }

    /// Returns after `duration`; throws `CancellationError` as soon as the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        try await sleep(until: now + duration)
    }
}
