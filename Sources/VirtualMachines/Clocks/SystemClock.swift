import Foundation

/// The machine's time, or that time sped up.
///
/// It starts at the wall clock's time and goes on monotonically from there, `speed` seconds to the second.
public struct SystemClock: RunClock {
    private let start: Timestamp
    private let startInstant: ContinuousClock.Instant
    private let speed: Double

    /// A clock that starts now; `speed` 60 makes a minute pass in a second.
    public init(speed: Double = 1) {
        precondition(speed > 0, "a clock's speed is above 0")
        self.start = Timestamp(sinceEpoch: .seconds(Date().timeIntervalSince1970))
        self.startInstant = .now
        self.speed = speed
    }

    /// The present.
    public var now: Timestamp {
        start + (ContinuousClock.now - startInstant) * speed
    }

    /// Sleeps until `deadline`, as this clock counts.
    public func sleep(until deadline: Timestamp) async throws {
        try await sleeper(until: deadline).sleep()
    }

    @inline(never)
    private func sleeper(until deadline: Timestamp) -> Sleeper {
        // The system's timers count nanoseconds in 64 bits; nobody waits out a century of them.
        Sleeper(for: .seconds(min((deadline - now) / .seconds(1) / speed, 3e9)))
    }
}
