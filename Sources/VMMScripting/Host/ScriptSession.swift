import LuaRuntime
import VirtualMachines

/// Chunks that run one after the other with the same globals: what a prompt evaluates.
public final class ScriptSession: Sendable {
    private let run: ScriptRun

    init(run: ScriptRun) {
        self.run = run
    }

    /// Throws ``ScriptError`` if `source` is not Lua; its ``ScriptError/isIncomplete`` tells whether more could mend that.
    public func check(_ source: String) async throws(ScriptError) {
        do { try await run.state.check(Array(source.utf8), name: run.name) } catch { throw ScriptError(error) }
    }

    /// Runs a chunk and returns its values.
    ///
    /// Throws ``ScriptError``; the session goes on afterwards.
    ///
    /// `locals` are names that earlier chunks kept and this one may use as its own locals; `keep` are those it declares.
    public func evaluate(_ source: String, arguments: [LuaValue] = []) async throws(ScriptError) -> [LuaValue] {
        do {
            return try await run.state.run(Array(source.utf8), name: run.name, arguments: arguments)
        } catch {
            let failure = run.verdict(on: error)
            await recover()
            throw failure
        }
    }

    /// Runs a chunk whose locals survive it: see `session.lua`.
    ///
    /// Throws ``ScriptError``; the session goes on afterwards.
    public func evaluate(_ chunk: SessionChunk) async throws(ScriptError) -> [LuaValue] {
        do {
            return try await run.state.call(
                "evaluate_chunk",
                [
                    .string(chunk.source), .string("=" + run.name),
                    .table(LuaTable(elements: chunk.usedLocals.map(LuaValue.string))),
                    .table(LuaTable(elements: chunk.declaredLocals.map(LuaValue.string))),
                ]
            )
        } catch {
            let failure = run.verdict(on: error)
            await recover()
            throw failure
        }
    }

    private func recover() async {
        run.forgetEnding()
        await run.state.revive()
    }

    /// Cancels the chunk that runs.
    public func cancel() {
        run.cancel()
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
