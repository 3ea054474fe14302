import CLuaBridge

/// A synchronous call from Lua: its arguments, read on the spot, and where its results go.
///
/// Valid only while the function runs. A function that returns without setting a result returns nothing.
@safe
public struct LuaCall {
    private let state: OpaquePointer
    private let context: UnsafeMutablePointer<bridge_context>

    init(state: OpaquePointer, context: UnsafeMutablePointer<bridge_context>) {
        unsafe self.state = state
        unsafe self.context = context
    }

    /// The task that calls.
    public var path: TaskPath {
        unsafe Scheduler.scheduler(context.pointee.host).current?.path ?? .root
    }

    /// Number of arguments.
    public var count: Int { Int(unsafe lua_gettop(state)) }

    /// The integer at `position`, from 1.
    ///
    /// Throws ``LuaError`` for anything else.
    public func integer(_ position: Int) throws(LuaError) -> Int64 {
        let number = unsafe bridge_to_integer(state, Int32(position))
        guard number.is_whole else { try mismatch(position, expected: "an integer") }
        return number.value
    }

    /// The number at `position`, from 1.
    ///
    /// Throws ``LuaError`` for anything else.
    public func number(_ position: Int) throws(LuaError) -> Double {
        guard unsafe lua_type(state, Int32(position)) == LUA_TNUMBER else {
            try mismatch(position, expected: "a number")
        }
        return unsafe lua_tonumberx(state, Int32(position), nil)
    }

    /// The string at `position`, from 1.
    ///
    /// Throws ``LuaError`` for anything else.
    public func string(_ position: Int) throws(LuaError) -> LuaString {
        guard unsafe lua_type(state, Int32(position)) == LUA_TSTRING else {
            try mismatch(position, expected: "a string")
        }
        return unsafe luaString(state, at: Int32(position))
    }

    /// A copy of the value at `position`, from 1; `nil` behind the last.
    ///
    /// Throws ``LuaError`` for one beyond the limits.
    public func value(_ position: Int, limits: ConversionLimits = ConversionLimits()) throws(LuaError) -> LuaValue {
        var reader = unsafe LuaReader(state, limits: limits)
        return try reader.value(at: Int32(position))
    }

    /// The value at `position` as far as a declaration checks it: a table's own fields, and in them types alone.
    ///
    /// Cheap for tables of any size and shape, cycles included.
    public func shape(_ position: Int) throws(LuaError) -> LuaValue {
        var limits = ConversionLimits()
        limits.isShallow = true
        return try value(position, limits: limits)
    }

    /// Copies of all arguments.
    ///
    /// Throws ``LuaError`` for one beyond the limits.
    public func values() throws(LuaError) -> [LuaValue] {
        var reader = unsafe LuaReader(state)
        var values: [LuaValue] = []
        values.reserveCapacity(count)
        for position in 0..<count { values.append(try reader.value(at: Int32(position + 1))) }
        return values
    }

    /// Makes one integer the result.
    public func `return`(_ value: Int64) {
        unsafe bridge_return_integer(context, value)
    }

    /// Makes these values the results.
    public func `return`(_ values: LuaValue...) {
        `return`(LuaEncoder(values))
    }

    /// Makes the encoder's values the results.
    public func `return`(_ values: LuaEncoder) {
        unsafe context.setOutbox(values)
    }

    /// Throws rather than returns the error, which is large: so the callers' frames stay small.
    @inline(never)
    private func mismatch(_ position: Int, expected: String) throws(LuaError) -> Never {
        let type = unsafe lua_type(state, Int32(position))
        let got = type == LUA_TNONE ? "nothing" : unsafe String(cString: lua_typename(state, type))
        throw LuaError(.argument, "argument \(position) must be \(expected), not \(got)")
    }
}

/// An asynchronous call from Lua: copies of its arguments, and who calls.
public struct LuaAsyncCall: Sendable {
    /// The arguments.
    public let arguments: [LuaValue]
    /// The task that calls and now waits.
    public let path: TaskPath
    /// How many asynchronous calls that task made before, this one counted: from 1.
    public let sequence: Int
}

/// A synchronous Swift function that scripts call; confined to the Lua thread.
@safe
final class SynchronousFunction {
    private let name: String
    private let body: @Sendable (LuaCall) throws -> Void
    private let context: UnsafeMutablePointer<bridge_context>

    init(
        name: String,
        context: UnsafeMutablePointer<bridge_context>,
        body: @escaping @Sendable (LuaCall) throws -> Void
    ) {
        self.name = name
        unsafe self.context = context
        self.body = body
    }

    /// Called by the trampoline: no Swift error leaves, and nothing here raises or yields.
    static let call: bridge_host_call = { pointer, state in
        guard let pointer = unsafe pointer, let state = unsafe state else { return BRIDGE_RETURN }
        return unsafe Unmanaged<SynchronousFunction>.fromOpaque(pointer)
            ._withUnsafeGuaranteedRef { function in
                do {
                    try unsafe function.body(LuaCall(state: state, context: function.context))
                    return BRIDGE_RETURN
                } catch {
                    return unsafe function.context.raise(error, in: function.name)
                }
            }
    }
}

/// An asynchronous Swift function that scripts call; confined to the Lua thread.
final class AsynchronousFunction {
    /// Runs on the Lua thread until it really waits, and must not block it.
    typealias Body = nonisolated(nonsending) @Sendable (LuaAsyncCall) async throws -> any LuaAnswer

    private let name: String
    private let body: Body
    private unowned let scheduler: Scheduler

    init(name: String, scheduler: Scheduler, body: @escaping Body) {
        self.name = name
        self.scheduler = scheduler
        self.body = body
    }

    /// Called by the trampoline, as ``SynchronousFunction/call``.
    static let call: bridge_host_call = { pointer, state in
        guard let pointer = unsafe pointer, let state = unsafe state else { return BRIDGE_RETURN }
        return unsafe Unmanaged<AsynchronousFunction>.fromOpaque(pointer)
            ._withUnsafeGuaranteedRef { function in
                unsafe function.begin(state)
            }
    }

    private func begin(_ state: OpaquePointer) -> bridge_verdict {
        let context = unsafe scheduler.context
        guard unsafe bridge_can_wait(state) else { return BRIDGE_REFUSE }
        do {
            let arguments = try unsafe LuaCall(state: state, context: context).values()
            try scheduler.requestCall(body, arguments: arguments)
            return BRIDGE_WAIT
        } catch {
            return unsafe context.raise(error, in: name)
        }
    }
}

extension UnsafeMutablePointer<bridge_context> {
    func setOutbox(_ values: LuaEncoder) {
        unsafe bridge_outbox_clear(self)
        let context = unsafe self
        unsafe values.bytes.withUnsafeBytes { unsafe bridge_outbox_append(context, $0.baseAddress, $0.count) }
    }

    func raise(_ error: any Error, in function: String) -> bridge_verdict {
        var error = error
        if var argument = error as? LuaError, argument.code == .argument {
            argument.message = "\(function): \(argument.message)"
            error = argument
        }
        unsafe setOutbox(LuaEncoder([.table(luaErrorFields(of: error))]))
        return BRIDGE_RAISE
    }
}
