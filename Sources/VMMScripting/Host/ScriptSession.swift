import LuaRuntime
import Synchronization
import VirtualMachines

/// Chunks that run one after the other with the same globals: what a prompt evaluates.
public final class ScriptSession: Sendable {
    private let run: ScriptRun
    private let isEvaluating = Mutex(false)

    init(run: ScriptRun) {
        self.run = run
    }

    /// Throws ``ScriptError`` if `source` is not Lua; its ``ScriptError/isIncomplete`` tells whether more could mend that.
    public func check(_ source: String) async throws(ScriptError) {
        do { try await run.state.check(Array(source.utf8), name: run.name) } catch { throw ScriptError(error) }
    }

    /// Runs a chunk and returns its values.
    ///
    /// Throws ``ScriptError``; the session goes on afterwards. One chunk runs at a time.
    public func evaluate(_ source: String, arguments: [LuaValue] = []) async throws(ScriptError) -> [LuaValue] {
        try await evaluate { [run] () async throws(LuaError) in
            try await run.state.run(Array(source.utf8), name: run.name, arguments: arguments)
        }
    }

    /// Runs a chunk whose locals survive it.
    ///
    /// `session.lua` says how. Throws ``ScriptError``; the session goes on afterwards.
    public func evaluate(_ chunk: SessionChunk) async throws(ScriptError) -> [LuaValue] {
        try await evaluate { [run] () async throws(LuaError) in
            try await run.state.call(
                "evaluate_chunk",
                [
                    .string(chunk.source), .string("=" + run.name),
                    .table(LuaTable(elements: chunk.usedLocals.map(LuaValue.string))),
                    .table(LuaTable(elements: chunk.declaredLocals.map(LuaValue.string))),
                ]
            )
        }
    }

    private func evaluate(
        _ body: () async throws(LuaError) -> [LuaValue]
    ) async throws(ScriptError) -> [LuaValue] {
        isEvaluating.withLock { $0 = true }
        let result: Result<[LuaValue], ScriptError>
        do throws(LuaError) {
            result = .success(try await body())
        } catch {
            result = .failure(run.verdict(on: error))
        }
        isEvaluating.withLock { $0 = false }
        // A cancellation that the chunk swallowed must not hit the next one.
        run.forgetEnding()
        await run.state.revive()
        return try result.get()
    }

    /// Cancels the chunk that runs; nothing happens if none does.
    public func cancel() {
        guard isEvaluating.withLock(\.self) else { return }
        run.cancel()
    }

    /// Ends the chunk that runs at once: none of its code runs any more.
    public func kill() {
        guard isEvaluating.withLock(\.self) else { return }
        run.kill()
    }

    /// The guests that chunks so far began to change and that weren't seen to the end.
    public var guestsMidway: [TouchedGuest] { run.guestsMidway }
}

/// A chunk of a session, prepared so that its locals survive it.
public struct SessionChunk: Sendable {
    /// The source, with a call of `__keep` where its top-level locals are all declared.
    public var source: String
    /// Names of earlier chunks' locals that it uses.
    public var usedLocals: [String]
    /// Names of the locals that it declares.
    public var declaredLocals: [String]

    /// Describes a prepared chunk.
    public init(source: String, usedLocals: [String], declaredLocals: [String]) {
        self.source = source
        self.usedLocals = usedLocals
        self.declaredLocals = declaredLocals
    }
}
