/// An instant: the time since 1970-01-01 00:00:00 UTC.
///
/// Instants lie between ``distantPast`` and ``distantFuture``. What would lie beyond counts as the nearer of them, so that
/// no arithmetic on instants overflows.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Time since the Unix epoch.
    public let sinceEpoch: Duration

    /// The instant that lies `sinceEpoch` after the Unix epoch.
    public init(sinceEpoch: Duration) {
        self.sinceEpoch = min(max(sinceEpoch, .zero - Self.farthest), Self.farthest)
    }

    // Beyond the longest duration, so that one that begins at any real date fits in as well.
    private static let farthest = Duration.seconds(1 << 50)

    /// An instant that no deadline lies behind.
    public static let distantFuture = Timestamp(sinceEpoch: farthest)

    /// An instant that nothing happened before.
    public static let distantPast = Timestamp(sinceEpoch: .zero - farthest)

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
        // Twice the farthest reaches from one end to the other.
        let limit = farthest + farthest
        return Timestamp(sinceEpoch: instant.sinceEpoch + min(max(duration, .zero - limit), limit))
    }

    /// The time from the right instant to the left.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        left.sinceEpoch - right.sinceEpoch
    }
}
