/// Why Lua code did not do what it was asked to.
public struct LuaError: Error, Sendable {
    /// The ways to fail.
    public enum Code: Sendable, Hashable {
        /// The source is not Lua; ``LuaError/isIncomplete`` tells whether more of it could mend that.
        case syntax
        /// The script raised an error of its own and nobody caught it.
        case script
        /// A host function raised an error and nobody caught it; ``LuaError/fields`` holds it.
        case host
        /// A host function was called with an argument that it can't take.
        case argument
        /// A value can't pass between Lua and Swift.
        case conversion
        /// The script was killed.
        case killed
        /// The script reached a limit; ``LuaError/limit`` tells which.
        case limitExceeded
        /// The Lua library could not do its work, for want of memory.
        case runtime
    }

    /// A place in a script.
    public struct Position: Sendable, Hashable {
        /// The name under which the script was loaded.
        public var chunk: String
        /// Line, from 1.
        public var line: Int

        /// A place in a script.
        public init(chunk: String, line: Int) {
            self.chunk = chunk
            self.line = line
        }
    }

    /// The way it failed.
    public var code: Code
    /// What was raised, as text; without the position in front.
    public var message: String
    /// Where the script failed, where that is known.
    public var position: Position?
    /// Lua's traceback, from the failed call outwards.
    public var traceback: String?
    /// The kind of an error that the host raised, by the host's own record: a script can't forge it.
    public var kind: String?
    /// The error table, where a table was raised.
    public var fields: LuaTable?
    /// The limit that the script reached, where one ended it.
    public var limit: LuaLimit?
    /// The error that had ended the script before, where a limit was reached while the script gave its text.
    public var hidden: String?
    /// What a host function threw, where this reports that one failed.
    public var cause: (any Error)?

    /// Describes a failure.
    public init(_ code: Code, _ message: String, position: Position? = nil, traceback: String? = nil) {
        self.code = code
        self.message = message
        self.position = position
        self.traceback = traceback
    }

    /// Whether the source ended too early, so that more of it could complete it.
    public var isIncomplete: Bool { code == .syntax && message.hasSuffix("<eof>") }
}

extension LuaError: CustomStringConvertible {
    /// The position and the message.
    public var description: String {
        guard let position else { return message }
        return "\(position.chunk):\(position.line): \(message)"
    }
}

/// A Swift error that says what a script sees of it: at least `kind` and `message`.
public protocol LuaErrorConvertible: Error {
    /// The fields of the error table.
    var luaErrorFields: LuaTable { get }
}

extension LuaError: LuaErrorConvertible {
    /// The table that was raised, or one made of kind and message.
    public var luaErrorFields: LuaTable {
        fields ?? LuaTable(["kind": .string(kind ?? "bad_argument"), "message": .string(message)])
    }
}

/// The fields for any error.
func luaErrorFields(of error: any Error) -> LuaTable {
    if let error = error as? any LuaErrorConvertible { return error.luaErrorFields }
    if error is CancellationError {
        return LuaTable(["kind": "cancelled", "message": "cancelled"])
    }
    return LuaTable(["kind": "script", "message": .string(String(describing: error))])
}
