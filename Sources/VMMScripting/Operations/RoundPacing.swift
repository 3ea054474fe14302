import VirtualMachines

/// Decides when those who wait are asked for next: often while a wait is young, and never more than the NAS can bear.
struct RoundPacing: Sendable {
    /// How many requests a second waiting costs a NAS in the long run, however many wait.
    ///
    /// A round's requests come together, so this lies below the ten of the worst ten seconds that are promised.
    static let requestsPerSecond = 9.0

    /// How long a NAS is left alone that couldn't be asked.
    static let pauseAfterProblem = Duration.seconds(1)

    private var lastStart: Timestamp?
    private var earliest: Timestamp?

    /// When the next round starts; `youngest` is when the wait began that began last, `deadline` when one is over.
    func nextStart(youngest: Timestamp, deadline: Timestamp?, now: Timestamp) -> Timestamp {
        guard let lastStart else { return now }
        var start = lastStart + Self.interval(atAge: lastStart - youngest)
        if let deadline, deadline > lastStart { start = min(start, deadline) }
        return max(start, earliest ?? start)
    }

    /// A round ran that made so many requests.
    mutating func ran(from start: Timestamp, requests: Int, failed: Bool) {
        lastStart = start
        earliest = start + .seconds(Double(requests) / Self.requestsPerSecond)
        if failed { earliest = max(start + Self.pauseAfterProblem, earliest ?? start) }
    }

    /// How many tasks may be asked for in a round, beside a list that took `listRequests`.
    func taskQuestions(youngest: Timestamp, now: Timestamp, listRequests: Int) -> Int {
        let interval = Self.interval(atAge: now - youngest)
        return max(5, Int(interval.inSeconds * Self.requestsPerSecond) - listRequests)
    }

    /// From one round to the next: 5 % of the age, between 100 ms and 5 s.
    static func interval(atAge age: Duration) -> Duration {
        min(max(age / 20, .milliseconds(100)), .seconds(5))
    }
}
