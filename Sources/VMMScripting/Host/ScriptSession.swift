import LuaRuntime
import Synchronization
import VirtualMachines

/// Chunks that run one after the other with the same globals: what a prompt evaluates.
public final class ScriptSession: Sendable {
    private struct State {
        var run: ScriptRun
        /// What runs whose state was lost left midway.
        var leftBehind: [TouchedGuest] = []
    }

    private let state: Mutex<State>
    private let isEvaluating = Mutex(false)
    private let makeRun: @Sendable () async throws(ScriptError) -> ScriptRun

    init(makeRun: @escaping @Sendable () async throws(ScriptError) -> ScriptRun) async throws(ScriptError) {
        self.makeRun = makeRun
        state = Mutex(State(run: try await makeRun()))
    }

    /// The run that chunks belong to.
    private var run: ScriptRun { state.withLock(\.run) }

    /// Throws ``ScriptError`` if `source` is not Lua; its ``ScriptError/isIncomplete`` tells whether more could mend that.
    public func check(_ source: String) async throws(ScriptError) {
        try await check(Array(source.utf8))
    }

    /// Throws ``ScriptError`` if the bytes are not Lua.
    public func check(_ source: [UInt8]) async throws(ScriptError) {
        let run = run
        do throws(LuaError) {
            try await run.state.check(source, name: run.name)
        } catch {
            let failure = run.verdict(on: error)
            try await recover(run)
            throw failure
        }
    }

    /// Runs a chunk and returns its values.
    ///
    /// Throws ``ScriptError``; the session goes on afterwards. One chunk runs at a time.
    public func evaluate(_ source: String, arguments: [LuaValue] = []) async throws(ScriptError) -> [LuaValue] {
        try await evaluate { (run) async throws(LuaError) in
            try await run.state.run(Array(source.utf8), name: run.name, arguments: arguments)
        }
    }

    /// Runs a chunk whose locals survive it.
    ///
    /// `session.lua` says how. Throws ``ScriptError``; the session goes on afterwards.
    public func evaluate(_ chunk: SessionChunk) async throws(ScriptError) -> [LuaValue] {
        try await evaluate { (run) async throws(LuaError) in
            try await run.state.call(
                "evaluate_chunk",
                [
                    .string(chunk.source), .string("=" + run.name),
                    .table(LuaTable(elements: chunk.usedLocals.map(LuaValue.string))),
                    .table(LuaTable(elements: chunk.declaredLocals.map(LuaValue.string))),
                    .table(LuaTable(elements: chunk.declaredConstants.sorted().map(LuaValue.string))),
                ]
            )
        }
    }

    private func evaluate(
        _ body: (ScriptRun) async throws(LuaError) -> [LuaValue]
    ) async throws(ScriptError) -> [LuaValue] {
        let run = run
        let isFree = isEvaluating.withLock { isEvaluating in
            defer { isEvaluating = true }
            return !isEvaluating
        }
        guard isFree else {
            throw ScriptError(
                .badArgument,
                "a chunk runs in this session already",
                hint: "wait for its end, or cancel it"
            )
        }
        let result = await run.withinTime { () async throws(LuaError) in try await body(run) }
        isEvaluating.withLock { $0 = false }
        // A cancellation that the chunk swallowed must not hit the next one.
        run.forgetEnding()
        try await recover(run)
        return try result.get()
    }

    /// Lets the next chunk run, with the same globals, or with fresh ones where the state was lost.
    private func recover(_ run: ScriptRun) async throws(ScriptError) {
        guard await run.state.isLost else { return await run.state.revive() }
        let next = try await makeRun()
        state.withLock { state in
            state.leftBehind += state.run.guestsMidway
            state.run = next
        }
    }

    /// Cancels the chunk that runs, as ``ScriptRun/cancel(grace:)`` does; nothing happens if none does.
    public func cancel(grace: Duration? = nil) {
        guard isEvaluating.withLock(\.self) else { return }
        run.cancel(grace: grace)
    }

    /// Ends the chunk that runs at once: none of its code runs any more.
    public func kill() {
        guard isEvaluating.withLock(\.self) else { return }
        run.kill()
    }

    /// The guests that chunks so far began to change and that weren't seen to the end.
    public var guestsMidway: [TouchedGuest] {
        let state = state.withLock(\.self)
        return state.leftBehind + state.run.guestsMidway
    }
}

/// A chunk of a session, prepared so that its locals survive it.
public struct SessionChunk: Sendable {
    /// The source, with a call of `__keep` where its top-level locals are all declared.
    public var source: String
    /// Names of earlier chunks' locals that it uses.
    public var usedLocals: [String]
    /// Names of the locals that it declares.
    public var declaredLocals: [String]
    /// Those of them that later chunks can't assign to.
    public var declaredConstants: Set<String>

    /// Describes a prepared chunk.
    public init(
        source: String,
        usedLocals: [String],
        declaredLocals: [String],
        declaredConstants: Set<String> = []
    ) {
        self.source = source
        self.usedLocals = usedLocals
        self.declaredLocals = declaredLocals
        self.declaredConstants = declaredConstants
    }
}
