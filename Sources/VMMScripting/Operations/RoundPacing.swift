import VirtualMachines

/// Decides when those who wait are asked for next: often while a wait is young, and never more than the NAS can bear.
struct RoundPacing: Sendable {
    /// What waiting may cost a NAS in any ten seconds, however many wait: ten requests a second.
    private static let requestsInTenSeconds = 100.0

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
        earliest = start + Self.pause(afterRequests: Double(requests))
        if failed { earliest = max(start + Self.pauseAfterProblem, earliest ?? start) }
    }

    /// How many tasks may be asked for in a round, beside a list that took `listRequests`.
    func taskQuestions(youngest: Timestamp, now: Timestamp, listRequests: Int) -> Int {
        max(5, Int(Self.requests(every: Self.interval(atAge: now - youngest))) - listRequests)
    }

    /// From one round to the next: 5 % of the age, between 100 ms and 5 s.
    static func interval(atAge age: Duration) -> Duration {
        min(max(age / 20, .milliseconds(100)), .seconds(5))
    }

    // A round's requests come together. In ten seconds there are 10 / interval rounds and one more, at both ends: with n
    // requests in each, n * (10 / interval + 1) is 100 at most.

    private static func requests(every interval: Duration) -> Double {
        requestsInTenSeconds / (10 / interval.inSeconds + 1)
    }

    /// The same the other way round; beyond half of them, two rounds may not fall into ten seconds at all.
    private static func pause(afterRequests count: Double) -> Duration {
        .seconds(count < requestsInTenSeconds / 2 ? 10 * count / (requestsInTenSeconds - count) : count / 5)
    }
}
