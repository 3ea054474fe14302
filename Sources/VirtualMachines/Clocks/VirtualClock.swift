import Synchronization

/// A time that moves only when told to: an hour of waiting passes in no time, and the same way each time.
public final class VirtualClock: RunClock {
    private struct Sleeper {
        let deadline: Timestamp
        /// Decides before the ordinal, under a seed.
        let rank: UInt64
        let ordinal: Int
        /// Whether it only watches over others.
        let isStandingBy: Bool
        let continuation: CheckedContinuation<Void, any Error>

        static func isEarlier(_ left: Sleeper, _ right: Sleeper) -> Bool {
            (left.deadline, left.rank, left.ordinal) < (right.deadline, right.rank, right.ordinal)
        }
    }

    private struct State {
        var now: Timestamp
        var sleepers: [Sleeper] = []
        var nextOrdinal = 0
        var cancelled: Set<Int> = []

        /// Moves to the earliest deadline, if it isn't too late, and takes out whose it is.
        mutating func wakeEarliest(noLaterThan time: Timestamp) -> Sleeper? {
            guard
                let index = sleepers.indices.min(by: { Sleeper.isEarlier(sleepers[$0], sleepers[$1]) }),
                sleepers[index].deadline <= time
            else { return nil }
            now = max(now, sleepers[index].deadline)
            return sleepers.remove(at: index)
        }
    }

    private let state: Mutex<State>
    private let orderSeed: UInt64?

    /// A clock that stands at `start`.
    ///
    /// Equal deadlines wake in the order in which the sleeps began, or with `orderSeed` in another one, the same each time.
    public init(
        start: Timestamp = Timestamp(sinceEpoch: .seconds(1_800_000_000)),
        orderSeed: UInt64? = nil
    ) {
        self.state = Mutex(State(now: start))
        self.orderSeed = orderSeed
    }

    private func rank(_ ordinal: Int) -> UInt64 {
        guard let orderSeed else { return 0 }
        var mixed = orderSeed &+ UInt64(ordinal) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ (mixed >> 27)
    }

    /// The present.
    public var now: Timestamp { state.withLock { $0.now } }

    /// Sleeps until someone moves the clock to `deadline`.
    public func sleep(until deadline: Timestamp) async throws {
        try await sleep(until: deadline, isStandingBy: false)
    }

    /// Sleeps until the clock was moved to `deadline` for others.
    public func standBy(until deadline: Timestamp) async throws {
        try await sleep(until: deadline, isStandingBy: true)
    }

    private func sleep(until deadline: Timestamp, isStandingBy: Bool) async throws {
        let ordinal = state.withLock { state in
            state.nextOrdinal += 1
            return state.nextOrdinal
        }
        // A cancellation may come when the sleeper is awake already.
        defer { state.withLock { _ = $0.cancelled.remove(ordinal) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let verdict: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(ordinal) != nil { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers.append(
                        Sleeper(
                            deadline: deadline,
                            rank: rank(ordinal),
                            ordinal: ordinal,
                            isStandingBy: isStandingBy,
                            continuation: continuation
                        )
                    )
                    return nil
                }
                if let verdict { continuation.resume(with: verdict) }
            }
        } onCancel: {
            let sleeper: Sleeper? = state.withLock { state in
                guard let index = state.sleepers.firstIndex(where: { $0.ordinal == ordinal }) else {
                    state.cancelled.insert(ordinal)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves to the earliest deadline that anyone sleeps for and wakes that sleeper; false if nobody but watchers sleeps.
    ///
    /// It wakes one a call, of equal deadlines too.
    @discardableResult
    public func advanceToNextDeadline() -> Bool {
        let sleeper = state.withLock { state in
            state.sleepers.contains { !$0.isStandingBy } ? state.wakeEarliest(noLaterThan: .distantFuture) : nil
        }
        sleeper?.continuation.resume()
        return sleeper != nil
    }

    /// Moves towards `time`: to the earliest deadline that anyone has by then, and wakes that one; false if nobody has, and
    /// the clock stands at `time`.
    public func advanceToNextDeadline(noLaterThan time: Timestamp) -> Bool {
        let sleeper = state.withLock { state in
            let sleeper = state.wakeEarliest(noLaterThan: time)
            if sleeper == nil { state.now = max(state.now, time) }
            return sleeper
        }
        sleeper?.continuation.resume()
        return sleeper != nil
    }

    /// Moves `duration` ahead and wakes everyone whose deadline that reaches, earliest first.
    public func advance(by duration: Duration) {
        let due: [Sleeper] = state.withLock { state in
            let now = state.now + duration
            let due = state.sleepers.filter { $0.deadline <= now }.sorted(by: Sleeper.isEarlier)
            state.now = now
            state.sleepers.removeAll { $0.deadline <= now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }
}
