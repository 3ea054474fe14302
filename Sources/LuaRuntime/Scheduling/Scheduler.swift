import CLuaBridge

/// Which task runs next, and what it finds: a state machine without I/O, driven by ``LuaState``.
///
/// One task runs at a time, until it waits. Ready tasks run first in, first out; only when none is ready is the next
/// completion of a host call delivered. Confined to the Lua thread.
@safe
final class Scheduler {
    /// A host call that a task has asked for and that its driver is to start.
    struct RequestedCall {
        let body: AsynchronousFunction.Body
        let call: LuaAsyncCall
    }

    /// A host call that came back.
    struct Completion {
        let task: LuaTask
        let sequence: Int
        let result: Result<any LuaAnswer, any Error>
    }

    struct Group {
        /// Tasks that ended, and signals, that nobody has waited for yet.
        var news = Queue<LuaTask?>()
        var waiter: LuaTask?
    }

    /// The universe; set once, right after it was opened with this scheduler as its host.
    private(set) var context: UnsafeMutablePointer<bridge_context>

    private(set) var current: LuaTask?
    /// Which ran last.
    private(set) var last: LuaTask?
    private var requestedCall: RequestedCall?
    var tasks: [Int64: LuaTask] = [:]
    var groups: [Int64: Group] = [:]
    private var ready = Queue<LuaTask>()
    private var lottery: Lottery?
    private var completions = Queue<Completion>()
    var lastID: Int64 = 0
    private(set) var deliveryCount = 0
    private(set) var pendingCallCount = 0

    /// Called with each delivery's run-wide number, task and sequence, before the task goes on.
    var onDelivery: (@Sendable (Delivery) -> Void)?

    /// Ends the script when it asks for one host call more.
    private let hostCallLimit: Int
    private var hostCallCount = 0
    /// Ends the script when the host holds more for it than all its memory may be.
    private let heldLimit: Int
    /// Bytes that the host holds for tasks and their calls.
    private var held = 0
    /// What a call under way takes: its task in Swift, and the frames that wait in it.
    private static let callCharge = 1024

    init?(_ configuration: LuaState.Configuration) {
        lottery = configuration.orderSeed.map { Lottery(state: $0) }
        hostCallLimit = configuration.limits.hostCalls ?? .max
        heldLimit = configuration.limits.memory ?? .max
        // The callbacks need the scheduler, which needs the context: open first, name the host then.
        guard let context = unsafe bridge_open(nil, Scheduler.callbacks, bridge_configuration(configuration)) else {
            return nil
        }
        unsafe self.context = context
        unsafe context.pointee.host = Unmanaged.passUnretained(self).toOpaque()
    }

    // MARK: Tasks

    /// Makes a task of a loaded coroutine.
    func addTask(
        _ coroutine: OpaquePointer,
        path: TaskPath,
        parent: LuaTask? = nil,
        group: Int64 = 0,
        argumentCount: Int32
    ) -> LuaTask {
        lastID += 1
        let task = unsafe LuaTask(
            id: lastID,
            path: path,
            coroutine: coroutine,
            parent: parent,
            group: group,
            argumentCount: argumentCount
        )
        tasks[task.id] = task
        charge(task.ownCharge)
        parent?.children[task.id] = task
        ready.append(task)
        return task
    }

    /// No handle can ask for the task any more, or nobody is left who would.
    func forgetTask(_ id: Int64) {
        guard let task = tasks.removeValue(forKey: id) else { return }
        charge(-task.ownCharge)
    }

    private func charge(_ bytes: Int) {
        held += bytes
        unsafe bridge_charge(context, Int64(bytes))
    }

    /// Whether a task is ready, or an answer is there for one.
    var hasMoreToRun: Bool { !ready.isEmpty || hasCompletions }

    /// The next ready task, if there is one; with a seed for the order it is any of them.
    func nextReady() -> LuaTask? { takeNext(of: &ready) }

    private func takeNext<Element>(of queue: inout Queue<Element>) -> Element? {
        guard queue.count > 1, let place = lottery?.draw(of: queue.count) else { return queue.popFirst() }
        return queue.remove(at: place)
    }

    /// Runs `task` until it waits or ends; returns the host call that it asked for, if it did.
    func run(_ task: LuaTask) -> RequestedCall? {
        current = task
        last = task
        unsafe context.pointee.shields = task.shields
        unsafe context.pointee.is_closing = task.isClosing
        let outcome = unsafe bridge_resume(context, task.coroutine, prepareResumption(of: task))
        task.shields = unsafe context.pointee.shields
        current = nil
        switch outcome {
        case BRIDGE_WAITING:
            task.state = .waiting
            defer { requestedCall = nil }
            if requestedCall != nil { pendingCallCount += 1 }
            return requestedCall
        case BRIDGE_FINISHED: endFunction(of: task, failed: false)
        case BRIDGE_LEFT: break  // nothing of the universe may be touched
        default: endFunction(of: task, failed: true)
        }
        return nil
    }

    private func prepareResumption(of task: LuaTask) -> Int32 {
        defer { task.resumption = .results(LuaEncoder()) }
        switch task.resumption {
        case .start(let argumentCount):
            return argumentCount
        case .results(let values):
            unsafe context.setOutbox(values)
            unsafe context.pointee.resumption = BRIDGE_RESULTS
        case .error(let fields):
            unsafe context.setOutbox(fields)
            unsafe context.pointee.resumption = BRIDGE_ERROR
        case .joined(let joined):
            unsafe context.pointee.joined = joined.coroutine
            unsafe context.pointee.resumption = joined.failed ? BRIDGE_JOINED_ERROR : BRIDGE_JOINED
        }
        return 0
    }

    func resume(_ task: LuaTask, with resumption: LuaTask.Resumption) {
        if isInterrupted(task) {
            task.resumption = .error(LuaEncoder([.table(luaErrorFields(of: noteCancellation(of: task)))]))
        } else {
            task.resumption = resumption
        }
        task.state = .ready
        task.hostCall = nil
        task.awaitedGroup = nil
        task.awaitedTask = nil
        ready.append(task)
    }

    // MARK: Ends

    private func endFunction(of task: LuaTask, failed: Bool) {
        task.failed = failed
        task.state = .ending
        if failed { for child in task.children.values.sorted(by: { $0.id < $1.id }) { cancel(child) } }
        endIfChildless(task)
    }

    private func endIfChildless(_ task: LuaTask) {
        guard task.state == .ending, !task.hasLiveChildren else { return }
        if task.hasDeferred { return startDeferred(of: task) }
        if !task.failed, let child = task.failedChildren.first(where: { !$0.isAwaited }) {
            unsafe bridge_adopt_error(child.coroutine, task.coroutine)
            task.failed = true
        }
        for child in task.failedChildren { unsafe bridge_release(context, child.coroutine) }
        task.failedChildren = []
        task.state = .ended
        for group in task.groupsWithNews { groups[group] = nil }
        guard let parent = task.parent else { return }
        parent.children[task.id] = nil
        if task.isForgotten { forgetTask(task.id) }
        if task.failed && !task.isCancelled { parent.failedChildren.append(task) } else { letGo(task) }
        for waiter in task.waiters { resume(waiter, with: .joined(task)) }
        if !task.waiters.isEmpty { markAwaited(task) }
        task.waiters = []
        if task.group != 0 { endInGroup(task) }
        endIfChildless(parent)
    }

    /// What was deferred runs as a last child, so the task ends after it.
    private func startDeferred(of task: LuaTask) {
        task.hasDeferred = false
        var coroutine: OpaquePointer?
        guard unsafe bridge_prepare_deferred(context, task.coroutine, task.failed, &coroutine),
            let coroutine = unsafe coroutine
        else {
            // Only for want of memory; nothing goes on without what was deferred.
            return unsafe bridge_end(context, BRIDGE_MEMORY_LIMIT)
        }
        let ordinal = task.nextOrdinal
        task.nextOrdinal += 1
        let child = unsafe addTask(coroutine, path: task.path.child(ordinal), parent: task, argumentCount: 3)
        child.isApart = true
        child.isForgotten = true
    }

    /// Somebody takes the outcome: a failure is theirs now, and the handle they hold keeps it.
    func markAwaited(_ task: LuaTask) {
        task.isAwaited = true
        guard task.state == .ended, let parent = task.parent else { return }
        guard let index = parent.failedChildren.firstIndex(where: { $0 === task }) else { return }
        parent.failedChildren.remove(at: index)
        letGo(task)
    }

    private func letGo(_ task: LuaTask) {
        unsafe bridge_release(context, task.coroutine)
    }

    private func endInGroup(_ task: LuaTask) {
        if let waiter = groups[task.group]?.waiter {
            groups[task.group] = nil
            resume(waiter, with: .results(ordinalOfEnded(task)))
        } else {
            groups[task.group, default: Group()].news.append(task)
            task.parent?.groupsWithNews.insert(task.group)
        }
    }

    /// What the group's owner learns; from here on it is the owner's to await the task.
    func ordinalOfEnded(_ task: LuaTask?) -> LuaEncoder {
        guard let task else { return LuaEncoder([.integer(0)]) }
        markAwaited(task)
        return LuaEncoder([.integer(task.ordinal)])
    }

    /// Lets a root task go, whose outcome was read.
    func release(_ task: LuaTask) {
        unsafe bridge_release(context, task.coroutine)
        forgetTask(task.id)
    }

    // MARK: Host calls

    /// The running task asks for a host call.
    ///
    /// Throws `CancellationError` for a cancelled task.
    func requestCall(_ body: @escaping AsynchronousFunction.Body, arguments: [LuaValue]) throws {
        guard let current else { return }
        try checkCancellation(of: current)
        guard hostCallCount < hostCallLimit else {
            unsafe bridge_end(context, BRIDGE_CALL_LIMIT)
            throw CancellationError()  // the script doesn't live to see it
        }
        hostCallCount += 1
        // They live outside Lua, but for the script: once as they came, and once in what is made of them.
        charge(arguments.reduce(Self.callCharge) { $0 + 2 * $1.size }, toCallOf: current)
        if held > heldLimit { unsafe bridge_end(context, BRIDGE_MEMORY_LIMIT) }
        current.callCount += 1
        requestedCall = RequestedCall(
            body: body,
            call: LuaAsyncCall(arguments: arguments, path: current.path, sequence: current.callCount)
        )
    }

    /// A new script begins to count.
    func resetHostCallCount() {
        hostCallCount = 0
    }

    func complete(_ completion: Completion) {
        guard !completion.task.isAbandoned else { return }
        pendingCallCount -= 1
        // An error says no more than the arguments, which still count.
        if case .success(let answer) = completion.result { charge(answer.size, toCallOf: completion.task) }
        completions.append(completion)
    }

    private func charge(_ bytes: Int, toCallOf task: LuaTask) {
        task.callCharge += bytes
        charge(bytes)
    }

    var hasCompletions: Bool { !completions.isEmpty }

    var completionCount: Int { completions.count }

    /// Delivers the next completion, or with a seed for the order any that is there; its task is ready then.
    func deliverNext() {
        guard let completion = takeNext(of: &completions) else { return }
        deliveryCount += 1
        charge(-completion.task.callCharge)
        completion.task.callCharge = 0
        onDelivery?(Delivery(number: deliveryCount, path: completion.task.path, sequence: completion.sequence))
        switch completion.result {
        // A task that was cancelled meanwhile gets that instead, and nobody an answer that may be long.
        case .success where isInterrupted(completion.task): resume(completion.task, with: .results(LuaEncoder()))
        case .success(let answer): resume(completion.task, with: .results(answer.encoded))
        case .failure(let error): resume(completion.task, with: .error(LuaEncoder([.table(luaErrorFields(of: error))])))
        }
    }

    // MARK: Cancellation

    /// So often a task may catch its cancellation and go on; at one operation more it is closed.
    private static let toleratedCancellations = 2

    /// Whether what the task waits for now, or next, raises `cancelled`.
    func isInterrupted(_ task: LuaTask) -> Bool { task.isCancelled && !isShielded(task) }

    /// Whether the task is cleaning up.
    func isShielded(_ task: LuaTask) -> Bool {
        task === current ? unsafe context.pointee.shields > 0 : task.shields > 0
    }

    /// The running task makes an operation.
    ///
    /// Throws what is raised in one that was cancelled.
    func checkCancellation(of task: LuaTask) throws {
        guard task.isCancelled else { return }
        guard isInterrupted(task) else {
            task.wasSpared = true
            return
        }
        throw noteCancellation(of: task)
    }

    /// A cancellation is raised in the task: returns the error.
    private func noteCancellation(of task: LuaTask) -> any Error {
        task.cancellationCount += 1
        guard task.cancellationCount > Self.toleratedCancellations else { return CancellationError() }
        task.isClosing = true
        if task === current { unsafe context.pointee.is_closing = true }
        return LuaError.closed
    }

    /// Raised at the task's current or next wait, and again at each further one; and so in its children.
    ///
    /// A task that goes on even so is closed at the third: nothing of it runs any more but what it closes.
    func cancel(_ task: LuaTask) {
        guard task.state != .ended, !task.isCancelled else { return }
        task.isCancelled = true
        for child in task.children.values.sorted(by: { $0.id < $1.id }) where !child.isApart { cancel(child) }
        guard task.state == .waiting, !isShielded(task) else { return }
        if let hostCall = task.hostCall {
            hostCall.cancel()  // its completion is delivered like any other
        } else {
            stopWaiting(task)
            resume(task, with: .results(LuaEncoder()))  // which the cancellation takes the place of
        }
    }

    /// Raises `error` in a task that waits for another task, so that it does no longer.
    func interruptWait(of task: LuaTask, with fields: LuaTable) {
        stopWaiting(task)
        resume(task, with: .error(LuaEncoder([.table(fields)])))
    }

    private func stopWaiting(_ task: LuaTask) {
        if let group = task.awaitedGroup { groups[group] = nil }
        task.awaitedTask?.waiters.removeAll { $0 === task }
    }

    /// The tasks that wait for others, those first that have waited longest; where none can go on by itself, a deadlock.
    var tasksThatWaitForOthers: [LuaTask] {
        tasks.values.filter { $0.state == .waiting && $0.hostCall == nil }.sorted { $0.id < $1.id }
    }

    /// Forgets all tasks and the answers that came for them, after a kill; returns the host calls under way, in order.
    func abandonTasks() -> [Task<Void, Never>] {
        let abandoned = tasks.values.sorted { $0.id < $1.id }
        for task in abandoned {
            task.isAbandoned = true
            unsafe bridge_release(context, task.coroutine)
        }
        tasks = [:]
        groups = [:]
        ready = Queue()
        completions = Queue()
        pendingCallCount = 0
        charge(-held)
        return abandoned.compactMap(\.hostCall)
    }
}

extension LuaError {
    /// What ends a task that catches its cancellation and goes on.
    fileprivate static var closed: LuaError {
        var error = LuaError(.host, "cancelled: the task caught that twice and went on, so it was closed")
        error.kind = "cancelled"
        return error
    }
}
