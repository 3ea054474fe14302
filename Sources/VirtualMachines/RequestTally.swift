import Synchronization

/// Counts the requests that are made of the machines within a task, and not those that others make at the same time.
///
/// ```swift
/// let tally = RequestTally()
/// await RequestTally.$current.withValue(tally) { … }
/// ```
public final class RequestTally: Sendable {
    /// The one that requests of the present task are to be counted in.
    @TaskLocal public static var current: RequestTally?

    private let requests = Atomic(0)

    /// A count of none.
    public init() {}

    /// How many there were.
    public var count: Int { requests.load(ordering: .relaxed) }

    /// Another one is made.
    public func add(_ more: Int = 1) {
        requests.add(more, ordering: .relaxed)
    }
}
