/// An instant: the time since 1970-01-01 00:00:00 UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Time since the Unix epoch.
    public var sinceEpoch: Duration

    /// The instant that lies `sinceEpoch` after the Unix epoch.
    public init(sinceEpoch: Duration) {
        self.sinceEpoch = sinceEpoch
    }

    /// An instant that no deadline lies behind.
    public static let distantFuture = Timestamp(sinceEpoch: .seconds(1 << 50))

    /// Seconds since the Unix epoch.
    public var seconds: Double {
        // Division of durations may come out a bit below a whole number.
        let (seconds, attoseconds) = sinceEpoch.components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// Whether the left instant comes first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.sinceEpoch < right.sinceEpoch
    }

    /// The instant `duration` later.
    public static func + (instant: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(sinceEpoch: instant.sinceEpoch + duration)
    }

    /// The time from the right instant to the left.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        left.sinceEpoch - right.sinceEpoch
    }
}
