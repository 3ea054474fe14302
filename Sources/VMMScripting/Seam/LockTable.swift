import Synchronization

/// Locks by name, by which runs keep out of each other's way.
public protocol LockTable: Sendable {
    /// Takes a lock if it is free; `holder` is whom others are told to wait for.
    ///
    /// Throws ``ScriptError`` where no locks can be kept.
    func take(_ name: String, for holder: String) throws(ScriptError) -> LockAttempt
}

/// What came of trying to take a lock.
public enum LockAttempt: Sendable {
    /// It is held from now on, until this is called.
    case taken(release: @Sendable () -> Void)
    /// Somebody else has it.
    case held(by: String)
}

/// Locks between the runs of one program.
public final class LocalLocks: LockTable {
    private let holders = Mutex<[String: String]>([:])

    /// A table without locks.
    public init() {}

    /// Takes a lock if it is free.
    public func take(_ name: String, for holder: String) -> LockAttempt {
        let other = holders.withLock { holders in
            defer { holders[name] = holders[name] ?? holder }
            return holders[name]
        }
        if let other { return .held(by: other) }
        return .taken { [self] in holders.withLock { $0[name] = nil } }
    }
}

/// The locks that one run holds, each by the number that its script gave it.
final class HeldLocks: Sendable {
    private struct State {
        var releases: [Int: @Sendable () -> Void] = [:]
        /// Whether the script is over that took them.
        var isClosed = false
    }

    private let state = Mutex(State())

    /// How many a run may hold: each may cost an open file.
    static let limit = 100

    var isFull: Bool { state.withLock { $0.releases.count >= Self.limit } }

    /// Holds a lock that was taken; where the script is over by now, it is given back at once.
    func add(_ number: Int, release: @escaping @Sendable () -> Void) {
        let isHeld = state.withLock { state in
            if !state.isClosed { state.releases[number] = release }
            return !state.isClosed
        }
        if !isHeld { release() }
    }

    /// Gives a lock back, if it is held.
    func release(_ number: Int) {
        state.withLock { $0.releases.removeValue(forKey: number) }?()
    }

    /// Gives all back: the script that took them is over.
    func releaseAll() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.releases = [:] }
            return state.releases.values
        }
        for release in all { release() }
    }

    /// Another script begins.
    func open() {
        state.withLock { $0.isClosed = false }
    }
}
