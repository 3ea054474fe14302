import LuaRuntime
import Synchronization
import VirtualMachines

/// One run of one script: its state, its record, and the ways to end it.
public final class ScriptRun: Sendable {
    /// How long Lua may go on after a cancellation without coming to a wait, before it is killed.
    static let patience = Duration.milliseconds(100)

    private struct Execution {
        var events: AsyncStream<RunEvent>?
        var task: Task<Result<[LuaValue], ScriptError>, Never>?
    }

    private struct Ending {
        var isCancelled = false
        var isKilled = false
        var isOverdue = false
        var isOver = false
        var watch: Task<Void, Never>?
        /// When a cancelled script is killed; nil for never.
        var deadline: Timestamp?
    }

    let name: String
    let state: LuaState
    private let record: RunRecord
    private let heldLocks = HeldLocks()
    private let arguments: [LuaValue]
    private let limits: ScriptLimits
    private let clock: any RunClock
    /// Where the watch over the run's time runs: beside the script, but for a virtual time, which waits for nobody.
    private let watchExecutor: LuaThread?
    /// Moves a virtual clock on.
    private let onIdle: (@Sendable () -> Bool)?
    private let execution = Mutex(Execution())
    private let ending = Mutex(Ending())

    /// Prepares a run; with `arguments` nil it ends at `script.args`.
    init(
        manager: any VirtualMachineManager,
        configuration: ScriptHost.Configuration,
        name: String,
        arguments: [String]?,
        reporters: [any Reporter]
    ) async throws(ScriptError) {
        let record = RunRecord(journal: configuration.journal, clock: configuration.clock)
        self.name = name
        self.record = record
        self.arguments = (arguments ?? []).map(LuaValue.string)
        self.limits = configuration.limits
        self.clock = configuration.clock
        var universe = LuaState.Configuration()
        universe.limits = configuration.limits.ofLua
        universe.interrupt = configuration.interrupt
        universe.seed = configuration.seed ?? .random(in: .min ... .max)
        universe.orderSeed = configuration.orderSeed
        universe.coversLines = configuration.coversLines
        do {
            state = try LuaState(
                universe,
                onIdle: configuration.onIdle,
                onDelivery: { record.delivered($0) },
                onAbandon: { record.abandon() }
            )
        } catch {
            throw ScriptError(error)
        }
        watchExecutor = configuration.onIdle == nil ? nil : state.thread
        onIdle = configuration.onIdle
        let tables = HostTables(
            manager: manager,
            configuration: configuration,
            reporters: reporters,
            record: record,
            heldLocks: heldLocks,
            scriptName: name,
            arguments: arguments
        )
        do {
            try await tables.define(in: state)
        } catch {
            throw ScriptError(error)
        }
    }

    // MARK: Running

    func execute(_ source: [UInt8]) async -> Result<[LuaValue], ScriptError> {
        defer { finish() }
        return await withinTime { [state, name, arguments] () async throws(LuaError) in
            try await state.run(source, name: name, arguments: arguments)
        }
    }

    /// Runs `body`, with an end to it when the run's time is over.
    func withinTime(
        _ body: () async throws(LuaError) -> [LuaValue]
    ) async -> Result<[LuaValue], ScriptError> {
        heldLocks.open()
        let watch = limits.time.map { time in
            Task(executorPreference: watchExecutor) { await self.endAfter(time) }
        }
        let result: Result<[LuaValue], LuaError>
        do throws(LuaError) {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        // It is waited for: it must not end what runs next.
        watch?.cancel()
        await watch?.value
        await landWrites()
        heldLocks.releaseAll()
        switch result {
        case .failure(let error): return .failure(verdict(on: error))
        // A script that swallowed the cancellation is still one that didn't end by itself.
        case .success where ending.withLock(\.isOverdue): return .failure(limits.error(reaching: .time))
        case .success(let values): return .success(values)
        }
    }

    /// Waits until the writes under way are answered.
    private func landWrites() async {
        // In virtual time nobody else moves the clock any more, once the script has ended.
        while let onIdle, record.hasWritesUnderWay {
            await state.thread.yieldToPendingJobs()
            guard record.hasWritesUnderWay, onIdle() else { break }
        }
        await record.writesLanded()
    }

    private func endAfter(_ time: Duration) async {
        do {
            try await clock.standBy(until: clock.now + time)
            ending.withLock { $0.isOverdue = true }
            cancel()
            guard let grace = limits.grace else { return }
            try await clock.standBy(until: clock.now + grace)
            state.exceed(.time)
        } catch {
            // It ended in time.
        }
    }

    func begin(_ source: [UInt8], events: AsyncStream<RunEvent>, whenDone: @escaping @Sendable () -> Void) {
        let task = Task {
            defer { whenDone() }
            return await execute(source)
        }
        execution.withLock { $0 = Execution(events: events, task: task) }
    }

    /// What happens, from the start; for one reader.
    ///
    /// It ends with the run.
    public var events: AsyncStream<RunEvent> {
        execution.withLock(\.events) ?? AsyncStream { $0.finish() }
    }

    /// What the script returned.
    ///
    /// Throws ``ScriptError``.
    public func result() async throws(ScriptError) -> [LuaValue] {
        guard let task = execution.withLock(\.task) else { return [] }
        do { return try await task.value.get() } catch { throw error }
    }

    func verdict(on error: LuaError) -> ScriptError {
        let ending = ending.withLock(\.self)
        // The host asked for the end, whatever the script made of it.
        if ending.isKilled { return ScriptError(.interrupted, "the script was stopped") }
        if let limit = ending.isOverdue ? .time : error.limit {
            var failure = limits.error(reaching: limit)
            failure.position = error.position
            failure.traceback = error.traceback
            if let hidden = error.hidden { failure.message += "; it had failed before, with \(hidden)" }
            return failure
        }
        guard ending.isCancelled else { return ScriptError(error) }
        var failure = ScriptError(error)
        failure.kind = .cancelled
        if error.code == .killed { failure.message = "the script was cancelled" }
        return failure
    }

    // MARK: Ending early

    /// Cancels the run: each wait of the script, now and later, raises `cancelled`, but in what it deferred.
    ///
    /// A script that only computes is killed, and so is one whose deferred work takes longer than the limits' grace, or than
    /// `grace` where that is shorter.
    public func cancel(grace: Duration? = nil) {
        let grace = [grace, limits.grace].compactMap(\.self).min()
        ending.withLock { ending in
            guard !ending.isOver else { return }
            // Whoever asks later may have less patience.
            let deadline = grace.map { clock.now + $0 }
            ending.deadline = [ending.deadline, deadline].compactMap(\.self).min()
            guard ending.watch == nil else { return }
            ending.isCancelled = true
            record.isCancelled = true
            ending.watch = Task { [self] in
                while !Task.isCancelled {
                    let activity = state.activity
                    try? await SystemClock().sleep(for: Self.patience)
                    if activity.isComputing && state.activity == activity { return state.kill() }
                    if let deadline = self.ending.withLock(\.deadline), clock.now >= deadline { return state.kill() }
                }
            }
        }
        state.cancel()
    }

    /// Ends the run at once: no code of the script runs any more.
    public func kill() {
        ending.withLock { $0.isKilled = true }
        state.kill()
    }

    private func finish() {
        ending.withLock { ending in
            ending.isOver = true
            ending.watch?.cancel()
        }
    }

    /// Forgets that the end was asked for, so that a session can go on.
    func forgetEnding() {
        ending.withLock { ending in
            ending.watch?.cancel()
            ending = Ending()
            record.isCancelled = false
        }
    }

    // MARK: The host's own record

    /// The guests that the run changed or began to change, in the order in which it last did.
    public var touchedGuests: [TouchedGuest] { record.touchedGuests }

    /// Those that it didn't see to the end.
    public var guestsMidway: [TouchedGuest] { touchedGuests.filter { !$0.isDone } }

    /// Which lines of the script and of its modules ran, where the configuration asked for that.
    public var coverage: [LuaCoverage] {
        get async { await state.coverage }
    }

    /// Whether the script read the run's clock.
    public var readsClock: Bool { record.readsClock }

    /// Whether the script drew numbers that follow from the run's seed.
    public var drawsNumbers: Bool {
        get async { await state.drawsNumbers }
    }

    /// What arguments the script takes, once it has told; with what was wrong with those it got.
    public var usage: ScriptUsage? { record.usage }
}
