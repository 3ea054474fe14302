/// What the scripts of a state may use; `nil` is any amount.
///
/// Reaching one ends the script with ``LuaError/Code/limitExceeded``: none of its code runs any more.
public struct LuaLimits: Sendable, Equatable {
    /// CPU time of the Lua thread, for each script.
    public var cpuTime: Duration?
    /// Bytes that Lua holds beyond what the state itself does, after garbage was collected.
    ///
    /// A single instruction may use as much once more before it is noticed.
    public var memory: Int?
    /// Bytes of one chunk, `load`'s included.
    public var source: Int?
    /// Coroutines that exist at a time, tasks included.
    public var coroutines: Int?
    /// Asynchronous host calls of each script.
    public var hostCalls: Int?

    /// No limits.
    public init() {}
}

/// A limit that a script can reach.
public enum LuaLimit: Sendable, Hashable, CaseIterable {
    /// ``LuaLimits/cpuTime``.
    case cpuTime
    /// ``LuaLimits/memory``.
    case memory
    /// ``LuaLimits/source``.
    case source
    /// ``LuaLimits/coroutines``.
    case coroutines
    /// ``LuaLimits/hostCalls``.
    case hostCalls
    /// Output, counted by the host.
    case output
    /// Time on the clock, counted by the host.
    case time

    /// The limit as a message says it.
    var words: String {
        switch self {
        case .cpuTime: "CPU time"
        case .memory: "memory"
        case .source: "source"
        case .coroutines: "coroutines"
        case .hostCalls: "host calls"
        case .output: "output"
        case .time: "time"
        }
    }
}

/// How a script that computes is reached when it is to end.
public enum LuaInterrupt: Sendable, Equatable {
    /// By a signal to the Lua thread alone, which costs scripts nothing.
    ///
    /// The process's handler of that signal is replaced by one that passes on what isn't for a Lua thread. On Linux alone.
    case signal(Int32)
    /// By looking every few thousand instructions, which makes scripts about twice as slow.
    case hook
}
