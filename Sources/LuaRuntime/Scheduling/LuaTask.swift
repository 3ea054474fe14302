import CLuaBridge

/// One task of a script: a coroutine that the scheduler runs, and its place in the tree of tasks.
///
/// Confined to the Lua thread.
@safe
final class LuaTask {
    enum State {
        /// In the ready queue, or running.
        case ready
        /// Waits for the host, another task, or a group.
        case waiting
        /// Its function ended; its children have not all.
        case ending
        /// Over, as are its children.
        case ended
    }

    /// What a task finds when it goes on.
    enum Resumption {
        case start(argumentCount: Int32)
        case results(LuaEncoder)
        case error(LuaEncoder)
        case joined(LuaTask)
    }

    let id: Int64
    let path: TaskPath
    let coroutine: OpaquePointer
    let parent: LuaTask?
    let group: Int64
    /// Ordinal among the children of the parent.
    var ordinal: Int64 { path.ordinals.last ?? 1 }

    var state = State.ready
    var resumption: Resumption
    var failed = false
    var isCancelled = false
    /// How often a cancellation was raised in it.
    var cancellationCount = 0
    /// Whether it has made one operation too many after it was cancelled: it catches no error any more.
    var isClosing = false
    /// Coroutines of its that clean up, in which a cancellation isn't raised; the context has the number while it runs.
    var shields: Int32 = 0
    /// Whether a cancellation would have been raised while it cleaned up.
    var wasSpared = false
    /// Whether it was born while its parent cleaned up, so that a cancellation of the parent doesn't reach it.
    var isApart = false
    /// Whether something is to be done when it ends.
    var hasDeferred = false
    /// Whether somebody took the outcome, so that a failure need not be passed up.
    var isAwaited = false
    /// Whether no handle is left that could ask for it.
    var isForgotten = false

    var children: [Int64: LuaTask] = [:]
    var failedChildren: [LuaTask] = []
    /// The groups of its children that have ended and that it hasn't heard of yet.
    var groupsWithNews: Set<Int64> = []
    var nextOrdinal: Int64 = 1
    var callCount = 0

    /// Tasks that wait for this one to end.
    var waiters: [LuaTask] = []
    /// Whether the script was ended while it waited.
    var isAbandoned = false
    /// Bytes that the host holds for it as long as it is known.
    let ownCharge: Int
    /// Bytes that the host holds for its call until the answer is delivered: the call, its arguments, and the answer.
    var callCharge = 0
    /// The host call that the task waits for.
    var hostCall: Task<Void, Never>?
    /// The task that this one waits for.
    var awaitedTask: LuaTask?
    /// The group whose next task this one waits for.
    var awaitedGroup: Int64?

    init(
        id: Int64,
        path: TaskPath,
        coroutine: OpaquePointer,
        parent: LuaTask?,
        group: Int64,
        argumentCount: Int32
    ) {
        self.id = id
        self.path = path
        unsafe self.coroutine = coroutine
        self.parent = parent
        self.group = group
        // The task, its place in a few tables, and its path.
        self.ownCharge = 512 + 8 * path.ordinals.count
        self.resumption = .start(argumentCount: argumentCount)
    }

    var hasLiveChildren: Bool { !children.isEmpty }
}
