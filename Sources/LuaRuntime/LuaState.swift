import CLuaBridge
import Synchronization

/// A Lua universe on a thread of its own: its globals, its host functions, and the tasks of the scripts it runs.
///
/// Runs one script at a time; the script's own tasks wait side by side. All Lua runs on ``thread``, which is this
/// actor's executor.
@safe
public actor LuaState {
    /// The thread on which all Lua runs.
    public nonisolated let thread: LuaThread

    /// Runs on the thread; a task that waits for ``thread`` alone isn't delayed.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    let scheduler: Scheduler
    /// What `kill` may use from any thread.
    ///
    /// Closed in `deinit`, when nobody can call any more.
    nonisolated let killSwitch: KillSwitch
    private var functions: [AnyObject] = []
    private var isDriving = false
    private var wakeUp: UnsafeContinuation<Void, Never>?
    private let cpuTimeLimit: Duration?
    /// Called when a script is ended while calls of it are under way: nobody waits for their answers any more.
    private let onAbandon: (@Sendable () -> Void)?

    /// What a state is opened with.
    public struct Configuration: Sendable {
        /// What scripts may use.
        public var limits = LuaLimits()
        /// How a script that computes is reached.
        public var interrupt = LuaInterrupt.standard
        /// The seed of `math.random`: the same one gives the same numbers.
        public var seed: UInt64 = 0
        /// The order in which ready tasks run: nil for first in, first out, or a seed for another one, the same each time.
        public var orderSeed: UInt64?
        /// Whether it is noted which lines of chunks with a file's name run; that makes scripts slower.
        public var coversLines = false
        /// Bytes of the Lua thread's stack: virtual memory, used only as deep as scripts go; at least 1 MiB.
        public var stackSize = 8 << 20

        /// No limits.
        public init() {}
    }

    /// Opens a universe with the sandbox's globals.
    ///
    /// `onIdle` is called when every task waits for the host and no answer is there: a virtual clock moves on then and
    /// says true. `onAbandon` is called on the thread when a script was killed, before its calls are cancelled: the run ends
    /// without them. Throws ``LuaError`` (`runtime`) when there is no memory for it, or no thread.
    @export(interface)  // inlined elsewhere, it makes Swift 6.3.1's optimizer fail at the isolated deinit
    public init(
        _ configuration: Configuration = Configuration(),
        onIdle: (@Sendable () -> Bool)? = nil,
        onDelivery: (@Sendable (Delivery) -> Void)? = nil,
        onAbandon: (@Sendable () -> Void)? = nil
    ) throws(LuaError) {
        let thread = try LuaThread(stackSize: max(configuration.stackSize, 1 << 20))
        guard let scheduler = Scheduler(configuration) else {
            thread.stop()
            throw LuaError(.runtime, "there is not enough memory to open a Lua state")
        }
        scheduler.onDelivery = onDelivery
        self.thread = thread
        self.scheduler = scheduler
        self.cpuTimeLimit = configuration.limits.cpuTime
        self.onAbandon = onAbandon
        unsafe self.killSwitch = KillSwitch(scheduler.context)
        guard let onIdle else { return }
        thread.whenDrained { [weak self] in
            guard let self, self.assumeIsolated({ $0.isIdle }) else { return false }
            return onIdle()
        }
    }

    isolated deinit {
        let leaked = unsafe bridge_close(scheduler.context)
        Self.leakedBytes.add(leaked, ordering: .relaxed)
        thread.stop()
    }

    /// Bytes that Lua still held when its state was closed, over all states of the process: 0, or there is a leak.
    static let leakedBytes = Atomic(0)

    // MARK: Setting up

    /// Sets `path` ("vmm.list") among the script's globals to a synchronous function.
    ///
    /// It must not block. With `privileged` it goes among the globals of trusted code instead.
    public func define(_ path: String, privileged: Bool = false, _ body: @escaping @Sendable (LuaCall) throws -> Void)
        throws(LuaError)
    {
        let function = unsafe SynchronousFunction(name: path, context: scheduler.context, body: body)
        functions.append(function)
        try unsafe define(path, privileged, SynchronousFunction.call, function)
    }

    /// Sets `path` ("vmm.list") among the script's globals to an asynchronous function.
    ///
    /// It starts on the Lua thread and must not block it; while it waits, its task waits, and others run. With
    /// `privileged` it goes among the globals of trusted code instead.
    public func defineAsync(
        _ path: String,
        privileged: Bool = false,
        _ body: nonisolated(nonsending) @escaping @Sendable (LuaAsyncCall) async throws -> any LuaAnswer
    ) throws(LuaError) {
        let function = AsynchronousFunction(name: path, scheduler: scheduler, body: body)
        functions.append(function)
        try unsafe define(path, privileged, AsynchronousFunction.call, function)
    }

    private func define(_ path: String, _ privileged: Bool, _ call: bridge_host_call, _ function: AnyObject)
        throws(LuaError)
    {
        let pointer = unsafe Unmanaged.passUnretained(function).toOpaque()  // `functions` keeps it
        guard unsafe bridge_define(scheduler.context, path, privileged, call, pointer) else { throw takeSetupError() }
    }

    /// Runs Lua source that this program ships, with all libraries among its globals.
    ///
    /// Throws ``LuaError``.
    public func runTrusted(_ source: [UInt8], chunkName: String) throws(LuaError) {
        unsafe bridge_use_this_thread(scheduler.context)
        let isDone = unsafe source.withUnsafeBytes { bytes in
            unsafe bridge_run_trusted(
                scheduler.context,
                bytes.assumingMemoryBound(to: CChar.self).baseAddress,
                bytes.count,
                "=" + chunkName
            )
        }
        guard isDone else { throw takeSetupError() }
    }

    // MARK: Running

    /// Runs a script to its end and returns what it returned.
    ///
    /// `name` stands for it in messages. Throws ``LuaError``: `syntax`, `script` or `host` with a traceback, `killed`.
    public func run(_ source: [UInt8], name: String, arguments: [LuaValue] = []) async throws(LuaError) -> [LuaValue] {
        try beginScript()
        defer { endScript() }
        return try await drive(try load(source, name: name, arguments: arguments))
    }

    /// Checks that `source` is Lua.
    ///
    /// Throws ``LuaError`` (`syntax`).
    public func check(_ source: [UInt8], name: String) throws(LuaError) {
        try beginScript()
        defer { endScript() }
        // It never becomes a task, so it never runs.
        unsafe bridge_release(scheduler.context, try compile(source, name: name))
    }

    /// Calls the function `name` among the privileged globals, as a script's task.
    ///
    /// Throws as ``run(_:name:arguments:)``.
    public func call(_ name: String, _ arguments: [LuaValue]) async throws(LuaError) -> [LuaValue] {
        try beginScript()
        defer { endScript() }
        return try await drive(try prepareCall(name, arguments))
    }

    private func beginScript() throws(LuaError) {
        guard !isDriving else {
            throw LuaError(.runtime, "the Lua state runs another script already: it runs one at a time")
        }
        guard !isLost else {
            throw LuaError(
                .runtime,
                "the Lua state was lost when a script in it could be ended in no other way: open another"
            )
        }
        unsafe bridge_use_this_thread(scheduler.context)
        unsafe bridge_start_memory_limit(scheduler.context)
        // For the bridge 0 is no limit.
        let nanoseconds = cpuTimeLimit.map { min(max($0 / .nanoseconds(1), 1), 1e18) } ?? 0
        guard unsafe bridge_start_cpu_limit(scheduler.context, UInt64(nanoseconds)) else {
            throw LuaError(
                .runtime,
                "the system gave no timer for the state's signal: choose another signal, or the hook, as its interrupt"
            )
        }
        scheduler.resetHostCallCount()
        isDriving = true
        killSwitch.beginComputing()
    }

    var context: UnsafeMutablePointer<bridge_context> { unsafe scheduler.context }

    /// Whether a script had to be torn out of Lua, so that nothing can run here any more.
    public var isLost: Bool { unsafe scheduler.context.pointee.is_abandoned }

    /// Whether a script drew random numbers that follow from the configuration's seed.
    public var drawsNumbers: Bool { unsafe bridge_draws_numbers(scheduler.context) }

    private func endScript() {
        unsafe bridge_stop_cpu_limit(scheduler.context)
        isDriving = false
        killSwitch.endComputing()
    }

    private func prepareCall(_ name: String, _ arguments: [LuaValue]) throws(LuaError) -> LuaTask {
        unsafe scheduler.context.setOutbox(LuaEncoder(arguments))
        var coroutine: OpaquePointer?
        guard unsafe bridge_prepare_call(scheduler.context, name, &coroutine), let coroutine = unsafe coroutine else {
            throw takeSetupError()
        }
        return unsafe scheduler.addTask(coroutine, path: .root, argumentCount: Int32(arguments.count))
    }

    private func load(_ source: [UInt8], name: String, arguments: [LuaValue]) throws(LuaError) -> LuaTask {
        let coroutine = unsafe try compile(source, name: name)
        unsafe scheduler.context.setOutbox(LuaEncoder(arguments))
        guard unsafe bridge_push_arguments(scheduler.context, coroutine) else { throw takeSetupError() }
        return unsafe scheduler.addTask(coroutine, path: .root, argumentCount: Int32(arguments.count))
    }

    private func compile(_ source: [UInt8], name: String) throws(LuaError) -> OpaquePointer {
        let loaded: OpaquePointer? = unsafe source.withUnsafeBytes { bytes in
            let text = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress
            var coroutine: OpaquePointer?
            let isLoaded = unsafe bridge_load(scheduler.context, text, bytes.count, "@" + name, &coroutine)
            return unsafe isLoaded ? coroutine : nil
        }
        guard let coroutine = unsafe loaded else { throw takeSetupError(.syntax) }
        return unsafe coroutine
    }

    private func drive(_ root: LuaTask) async throws(LuaError) -> [LuaValue] {
        // After each wait it comes back by this thread's queue alone, behind what was queued before: by way of the global pool
        // it would come back now before a host call's next job, now after it.
        try await withTaskExecutorPreference(thread) { () async throws(LuaError) in try await runTasks(of: root) }
    }

    private func runTasks(of root: LuaTask) async throws(LuaError) -> [LuaValue] {
        var deliveriesBeforeTurn: Int?
        while root.state != .ended {
            if killSwitch.isKilled { break }
            if let task = scheduler.nextReady() {
                // What a script asks for in the slice in which it is ended doesn't leave any more.
                if let call = scheduler.run(task), !killSwitch.isKilled {
                    thread.noteMoreToRun(scheduler.hasMoreToRun)
                    start(call, for: task)
                }
                continue
            }
            if killSwitch.takeCancellation() {
                scheduler.cancel(root)
                continue
            }
            if scheduler.hasCompletions {
                // Others may have an answer to add, or a cancellation: nobody may keep them out for long.
                if thread.hasPendingJobs {
                    thread.noteMoreToRun(true)
                    await thread.yieldToPendingJobs()
                }
                // What was asked for waits for the tasks that have an answer by now, and for no others.
                if deliveriesBeforeTurn == 0 {
                    deliveriesBeforeTurn = nil
                    thread.takeTurn()
                    continue
                }
                if thread.hasTurnWanted { deliveriesBeforeTurn = deliveriesBeforeTurn ?? scheduler.completionCount }
                scheduler.deliverNext()
                killSwitch.noteDelivery()
                deliveriesBeforeTurn = deliveriesBeforeTurn.map { $0 - 1 }
            } else if scheduler.pendingCallCount > 0 {
                deliveriesBeforeTurn = nil
                await waitForNews()
            } else if let task = scheduler.tasksThatWaitForOthers.first {
                scheduler.interruptWait(of: task, with: deadlock())
            }
        }
        if killSwitch.isKilled { throw endKilled() }
        defer { scheduler.release(root) }
        return try outcome(of: root)
    }

    private func start(_ request: Scheduler.RequestedCall, for task: LuaTask) {
        // Whatever the call goes through stays on this thread, unless it really waits elsewhere. The task has the thread
        // as its executor and isn't the actor's: it starts here and now, where the actor's would be queued first.
        nonisolated(unsafe) let waiting = task  // the thread it is confined to is the one the task runs on
        let hostCall = Task.immediate(executorPreference: thread) { @concurrent in
            let result: Result<any LuaAnswer, any Error>
            do {
                result = .success(try await request.body(request.call))
            } catch {
                result = .failure(error)
            }
            unsafe complete(.init(task: waiting, sequence: request.call.sequence, result: result))
        }
        task.hostCall = hostCall
    }

    /// Called on the thread, by a task whose executor it is; anywhere else it traps.
    private nonisolated func complete(_ completion: Scheduler.Completion) {
        nonisolated(unsafe) let completion = completion  // passed on to the same thread
        assumeIsolated { state in
            state.scheduler.complete(unsafe completion)
            state.wake()
        }
    }

    private func waitForNews() async {
        killSwitch.endComputing()
        defer { killSwitch.beginComputing() }
        thread.noteMoreToRun(false)
        await unsafe withUnsafeContinuation { continuation in
            // Coming here may have let other jobs of this thread in, so what it waits for is looked at once more.
            if scheduler.hasCompletions || killSwitch.isKilled || killSwitch.isCancelling {
                unsafe continuation.resume()
            } else {
                unsafe wakeUp = continuation
            }
        }
    }

    /// Whether every task waits for the host, and nothing that this thread has to do could bring an answer.
    private var isIdle: Bool {
        unsafe wakeUp != nil && scheduler.pendingCallCount > 0 && !scheduler.hasCompletions
            && !killSwitch.isKilled && !killSwitch.isCancelling
    }

    private func wake() {
        unsafe wakeUp?.resume()
        unsafe wakeUp = nil
    }

    /// Names where each task waits.
    private func deadlock() -> LuaTable {
        let tasks = scheduler.tasksThatWaitForOthers
        let places = tasks.prefix(8)
            .map { task in
                let position = unsafe traceback(of: task.coroutine).flatMap(LuaError.position(inTraceback:))
                let place = position.map { " at \($0.chunk):\($0.line)" } ?? ""
                let whom = task.awaitedTask.map { " for task \($0.path)" } ?? ""
                return "task \(task.path) waits\(place)\(whom)"
            }
        let more = tasks.count > places.count ? ["and \(tasks.count - places.count) more"] : []
        return LuaTable([
            "kind": "deadlock",
            "message": .string(
                "deadlock: every task waits for another, and none for the host: "
                    + (places + more).joined(separator: "; ")
            ),
        ])
    }

    // MARK: Ending early

    /// Cancels the script: every wait, now and later, raises an error of kind `cancelled`.
    public nonisolated func cancel() {
        killSwitch.requestCancellation()
        Task { await wake() }
    }

    /// Ends the script at its next instruction: none of its code runs any more.
    ///
    /// From any thread.
    public nonisolated func kill() {
        killSwitch.kill()
        Task { await wake() }
    }

    /// Ends the script as ``kill()`` does, because it reached a limit that the host counts.
    ///
    /// From any thread.
    public nonisolated func exceed(_ limit: LuaLimit) {
        killSwitch.exceed(limit)
        Task { await wake() }
    }

    /// What the script does, from any thread: one that computes and gets no answer shows the same one each time.
    public struct Activity: Sendable, Equatable {
        let steps: Int

        /// Whether the script computes right now, rather than to wait for the host.
        public var isComputing: Bool { steps % 2 == 1 }
    }

    /// What the script does now.
    public nonisolated var activity: Activity { Activity(steps: killSwitch.stepCount) }

    /// Lets the state run again after it was killed, with its globals as they are.
    ///
    /// Nothing happens while a script runs.
    public func revive() {
        guard !isDriving else { return }
        killSwitch.revive()
    }

    /// The calls under way are cancelled and left alone: what of them matters is for their own makers to wait for.
    private func endKilled() -> LuaError {
        let origin = originOfLast()
        onAbandon?()
        thread.noteMoreToRun(false)
        for call in scheduler.abandonTasks() { call.cancel() }
        var error = endError()
        // A task may be a library's alone, as one is that `async.map` makes of `flow.restart`.
        if error.traceback != nil { error.position = error.position ?? origin }
        return error
    }
}
