import CLuaBridge
import Foundation
import Synchronization

/// A thread with a stack of chosen size, as an executor for the actor that owns a Lua state and for tasks it starts.
///
/// Lua needs more stack than a thread of the concurrency pool has, and a script may compute for long; so it gets a
/// thread of its own. Jobs run in the order in which they were enqueued.
@safe
public final class LuaThread: SerialExecutor, TaskExecutor {
    /// A queue that can be waited on.
    @safe
    // Unchecked, and it can't fail: everything that reads or writes its variables holds `condition` while it does.
    private final class Inbox: @unchecked Sendable {
        let condition = NSCondition()
        var queue = Queue<Entry>()
        var isWaiting = false
        var isStopped = false
        var whenDrained: [@Sendable () -> Bool] = []
    }

    @safe
    private enum Entry {
        case job(UnownedJob)
        case turn(UnsafeContinuation<Void, Never>)
    }

    private let inbox = Inbox()
    /// The thread, once it runs; 0 before.
    private let identity = Atomic<UInt>(0)
    private let hasMoreToRun = Atomic(false)
    private let isTurnWanted = Atomic(false)

    /// Starts the thread; `stackSize` in bytes is virtual memory, used only as deep as scripts go.
    ///
    /// Throws ``LuaError/Code/runtime`` where the system has no thread or no such stack to give.
    public init(stackSize: Int = 8 << 20) throws(LuaError) {
        // The executor lives as long as its thread runs.
        let executor = unsafe Unmanaged.passRetained(self)
        let pageSize = 16 << 10
        let problem = unsafe bridge_start_thread(
            (stackSize + pageSize - 1) / pageSize * pageSize,
            { executor in
                guard let executor = unsafe executor else { return }
                unsafe Unmanaged<LuaThread>.fromOpaque(executor).takeRetainedValue().runJobs()
            },
            executor.toOpaque()
        )
        guard problem == 0 else {
            unsafe executor.release()
            let reason = unsafe String(cString: strerror(problem))
            throw LuaError(
                .runtime,
                "no thread for Lua with a stack of \(stackSize >> 20) MiB could be made: \(reason)"
            )
        }
    }

    /// Has `action` called on the thread whenever it has nothing to do; true says that there may be something now.
    ///
    /// The last action to be added is asked first, and the others where it has nothing either.
    package func whenDrained(_ action: @escaping @Sendable () -> Bool) {
        inbox.condition.withLock { inbox.whenDrained.insert(action, at: 0) }
    }

    /// What waits for the thread to have nothing to do has something: it is called at the latest when the answers that are there
    /// now are delivered, as a script may never pause.
    package func wantTurn() {
        isTurnWanted.store(true, ordering: .relaxed)
    }

    var hasTurnWanted: Bool { isTurnWanted.load(ordering: .relaxed) }

    func takeTurn() {
        isTurnWanted.store(false, ordering: .relaxed)
        for action in inbox.condition.withLock({ inbox.whenDrained }) { _ = action() }
    }

    /// Whether nothing else is to run on the thread before it has nothing to do; for what runs on it.
    package var isQuiet: Bool { !hasMoreToRun.load(ordering: .relaxed) && !hasPendingJobs }

    /// Whether the state has tasks to run, or answers to deliver, once what runs now has ended.
    func noteMoreToRun(_ hasMore: Bool) {
        hasMoreToRun.store(hasMore, ordering: .relaxed)
    }

    /// Whether jobs wait for the one that runs now.
    var hasPendingJobs: Bool {
        inbox.condition.withLock { !inbox.queue.isEmpty }
    }

    /// Queues a job.
    public func enqueue(_ job: consuming ExecutorJob) {
        append(.job(UnownedJob(job)))
    }

    /// Returns after every job that is in the queue now has run.
    ///
    /// `Task.yield` goes by way of the global pool, which takes longer and promises no order.
    package nonisolated(nonsending) func yieldToPendingJobs() async {
        await unsafe withUnsafeContinuation { unsafe append(.turn($0)) }
    }

    private func append(_ entry: Entry) {
        inbox.condition.withLock {
            inbox.queue.append(entry)
            if inbox.isWaiting { inbox.condition.signal() }
        }
    }

    /// This thread as the executor of an actor.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Ends the thread once its queue is empty.
    func stop() {
        inbox.condition.withLock {
            inbox.isStopped = true
            inbox.condition.signal()
        }
    }

    /// Whether the caller runs on this thread, for code that has it as its task executor rather than as its actor's.
    public func isIsolatingCurrentContext() -> Bool? {
        bridge_this_thread() == identity.load(ordering: .relaxed)
    }

    private func runJobs() {
        identity.store(bridge_this_thread(), ordering: .relaxed)
        while let entry = nextEntry() {
            switch entry {
            case .job(let job):
                unsafe job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(),
                    taskExecutor: asUnownedTaskExecutor()
                )
            case .turn(let continuation):
                unsafe continuation.resume()
            }
        }
    }

    private func nextEntry() -> Entry? {
        while true {
            let (entry, whenDrained) = inbox.condition.withLock { (inbox.queue.popFirst(), inbox.whenDrained) }
            if let entry { return entry }
            if whenDrained.contains(where: { $0() }) { continue }
            let isOver = inbox.condition.withLock {
                while inbox.queue.isEmpty, !inbox.isStopped {
                    inbox.isWaiting = true
                    inbox.condition.wait()
                    inbox.isWaiting = false
                }
                return inbox.queue.isEmpty
            }
            if isOver { return nil }
        }
    }
}
