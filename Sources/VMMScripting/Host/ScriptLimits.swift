import LuaRuntime
import VirtualMachines

/// What a script may use; `nil` is any amount.
///
/// Reaching one ends the script with an error of kind `limit_exceeded` and the flag's name in its hint. All but
/// ``time`` end it at once: none of its code runs any more. The defaults suit an operator's script and stop a stranger's.
public struct ScriptLimits: Sendable, Equatable {
    /// CPU time of the Lua thread.
    public var cpuTime: Duration? = .seconds(60)
    /// Time by the run's clock; a script that reaches it is cancelled first.
    public var time: Duration? = .seconds(86_400)
    /// How long a script that was cancelled for its ``time`` may still run.
    public var grace: Duration? = .seconds(120)
    /// Bytes that the script holds in Lua.
    public var memory: Int? = 64 << 20
    /// Bytes that it prints and logs.
    public var output: Int? = 16 << 20
    /// Bytes of the source: the script's, a module's, and what `load` is given.
    public var source: Int? = 1 << 20
    /// Operations: calls on guests, waits, and the embedding program's asynchronous functions.
    public var operations: Int? = 100_000
    /// Coroutines that exist at a time, tasks included.
    public var coroutines: Int? = 20_000

    /// The defaults.
    public init() {}

    /// No limits at all.
    public static var none: ScriptLimits {
        var limits = ScriptLimits()
        limits.cpuTime = nil
        limits.time = nil
        limits.memory = nil
        limits.output = nil
        limits.source = nil
        limits.operations = nil
        limits.coroutines = nil
        return limits
    }

    /// Those that the Lua runtime itself keeps.
    var ofLua: LuaLimits {
        var limits = LuaLimits()
        limits.cpuTime = cpuTime
        limits.memory = memory
        limits.source = source
        limits.coroutines = coroutines
        limits.hostCalls = operations
        return limits
    }

    /// What ended a script that reached `limit`.
    func error(reaching limit: LuaLimit) -> ScriptError {
        if limit == .memory, memory == nil {
            var error = ScriptError(.limitExceeded, "the script was ended: the system has no memory left")
            error.limit = limit
            return error
        }
        let (what, flag) = description(of: limit)
        var error = ScriptError(
            .limitExceeded,
            "the script was ended: it reached its limit of \(what)",
            hint: "allow more with \(flag)"
        )
        error.limit = limit
        return error
    }

    private func description(of limit: LuaLimit) -> (what: String, flag: String) {
        switch limit {
        case .cpuTime: ("\((cpuTime ?? .zero).brief) of CPU time", "--cpu-limit")
        case .time: ("\((time ?? .zero).brief) to run", "--timeout")
        case .memory: ("\((memory ?? 0).asBytes) of memory", "--memory-limit")
        case .output: ("\((output ?? 0).asBytes) of output", "--output-limit")
        case .source: ("\((source ?? 0).asBytes) of source", "--source-limit")
        case .hostCalls: ("\(operations ?? 0) operations", "--operation-limit")
        case .coroutines: ("\(coroutines ?? 0) coroutines", "--coroutine-limit")
        }
    }
}

extension Int {
    /// A size as one writes it: `64 MiB`, `1000 bytes`.
    fileprivate var asBytes: String {
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where self >= size && isMultiple(of: size) {
            return "\(self / size) \(unit)"
        }
        return "\(self) bytes"
    }
}
