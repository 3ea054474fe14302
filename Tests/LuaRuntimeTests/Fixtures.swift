import LuaRuntime
import Synchronization

/// Runs `source` in a fresh state, after `setUp`.
func runLua(
    _ source: String,
    name: String = "test.lua",
    arguments: [LuaValue] = [],
    setUp: (LuaState) async throws -> Void = { _ in }
) async throws -> [LuaValue] {
    let state = try LuaState()
    try await state.defineTestFunctions()
    try await setUp(state)
    return try await state.run(Array(source.utf8), name: name, arguments: arguments)
}

/// Runs `source`, which is expected to fail, and returns its error.
func failureOfLua(_ source: String, setUp: (LuaState) async throws -> Void = { _ in }) async throws -> LuaError? {
    do {
        _ = try await runLua(source, setUp: setUp)
        return nil
    } catch let error as LuaError {
        return error
    }
}

struct Refusal: LuaErrorConvertible {
    var luaErrorFields: LuaTable { LuaTable(["kind": "refused", "message": "no, thank you", "code": 7]) }
}

/// Lets tests decide when a host call comes back.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var waiterCount: Int { state.withLock { $0.waiters.count } }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

extension LuaState {
    /// `echo` answers at once, `later` after hopping through other threads, `refuse` raises, `tasks` are the primitives.
    func defineTestFunctions() throws {
        try runTrusted(Array("script_globals.tasks = tasks; script_globals.class = class".utf8), chunkName: "[test]")
        try define("echo") { call in call.return(LuaEncoder(try call.values())) }
        try define("refuse") { _ in throw Refusal() }
        try defineAsync("later") { call in
            for _ in 0..<3 { await Task.yield() }
            return LuaEncoder(call.arguments)
        }
        try defineAsync("elsewhere") { call in
            await Task.detached {}.value
            return LuaEncoder(call.arguments)
        }
        try defineAsync("refuse_later") { _ in
            await Task.yield()
            throw Refusal()
        }
        try defineAsync("forever") { _ in
            try await Task.sleep(for: .seconds(1_000_000))
            return LuaEncoder()
        }
    }
}
