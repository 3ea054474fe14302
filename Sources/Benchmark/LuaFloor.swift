import CBenchmarkFloor

/// A plain Lua state whose `f` is a C function.
@safe
final class LuaFloor {
    private let state: OpaquePointer

    /// `waits`: whether each call yields and is resumed.
    init(waits: Bool) throws(BenchmarkError) {
        guard let state = unsafe floor_open(waits) else { throw BenchmarkError("no memory for a Lua state") }
        unsafe self.state = state
    }

    deinit {
        unsafe floor_close(state)
    }

    func run(_ source: String) throws(BenchmarkError) {
        guard unsafe floor_run(state, source) else { throw BenchmarkError("a script failed in plain Lua") }
    }
}
