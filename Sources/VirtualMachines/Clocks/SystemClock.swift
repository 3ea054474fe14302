import Foundation

/// The machine's time, or that time sped up.
///
/// It starts at the wall clock's time and goes on from there, `speed` seconds to the second, by a clock that nobody can set
/// and that counts the time in which the machine is suspended.
public struct SystemClock: RunClock {
    private let start: Timestamp
    private let startInstant: ContinuousClock.Instant
    private let speed: Double

    /// A clock that starts now; `speed` 60 makes a minute pass in a second.
    public init(speed: Double = 1) {
        precondition(speed > 0, "a clock's speed is above 0")
        self.start = Self.wallReading
        self.startInstant = .now
        self.speed = speed
    }

    private static var wallReading: Timestamp {
        Timestamp(sinceEpoch: Duration(clampingSeconds: Date().timeIntervalSince1970))
    }

    private var elapsed: Duration { ContinuousClock.now - startInstant }

    /// The present.
    public var now: Timestamp { start + elapsed.multiplied(by: speed) }

    /// The present by the wall clock; of a sped up clock, as far from ``now`` as the wall clock was set since the start.
    public var wallTime: Timestamp {
        let elapsed = elapsed
        let correction = Self.wallReading - (start + elapsed)
        return start + elapsed.multiplied(by: speed) + correction
    }

    /// Sleeps until `deadline`, as this clock counts.
    public func sleep(until deadline: Timestamp) async throws {
        try await sleeper(until: deadline).sleep()
    }

    @inline(never)
    private func sleeper(until deadline: Timestamp) -> Sleeper {
        // The system's timers count nanoseconds in 64 bits; nobody waits out a century of them.
        Sleeper(for: Duration(clampingSeconds: min((deadline - now).inSeconds / speed, 3e9)))
    }
}

extension Duration {
    /// As long at another speed; exactly as long at the wall's.
    fileprivate func multiplied(by speed: Double) -> Duration {
        speed == 1 ? self : Duration(clampingSeconds: inSeconds * speed)
    }
}
