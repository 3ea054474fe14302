/// What an asynchronous host call answers; it becomes Lua values when its task takes it.
///
/// Thousands of answers may wait for their tasks, so each is kept in the form that it came in.
public protocol LuaAnswer: Sendable {
    /// About how many bytes it holds alone while it waits; they count as the script's memory.
    var size: Int { get }

    /// The values.
    var encoded: LuaEncoder { get }
}

extension LuaEncoder: LuaAnswer {
    /// The bytes.
    public var size: Int { bytes.count }

    /// Itself.
    public var encoded: LuaEncoder { self }
}
