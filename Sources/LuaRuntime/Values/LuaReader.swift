import CLuaBridge

/// Bounds for a value that leaves Lua.
public struct ConversionLimits: Sendable {
    /// Levels of nested tables.
    public var depth = 64
    /// Values in all.
    public var count = 250_000
    /// Bytes of strings in all.
    public var bytes = 4 << 20

    /// Whether what is beyond the limits, or contains itself, becomes opaque instead of an error.
    var isLenient = false
    /// Whether only the first element or the fields of a table are read, and nothing of tables inside it.
    var isShallow = false

    /// The defaults.
    public init() {}
}

/// Copies values off a Lua stack: raw access only, so that nothing can raise and no metamethod runs.
@safe
struct LuaReader {
    private let state: OpaquePointer
    private let limits: ConversionLimits
    private var count = 0
    private var bytes = 0
    private var path: [UInt] = []

    init(_ state: OpaquePointer, limits: ConversionLimits = ConversionLimits()) {
        unsafe self.state = state
        self.limits = limits
    }

    mutating func value(at index: Int32) throws(LuaError) -> LuaValue {
        do {
            return try strictValue(at: index)
        } catch {
            guard limits.isLenient, error.code == .conversion else { throw error }
            return .opaque(unsafe String(cString: bridge_type_name(state, index)))
        }
    }

    private mutating func strictValue(at index: Int32) throws(LuaError) -> LuaValue {
        count += 1
        if count.isMultiple(of: 1024), unsafe bridge_should_end(state) {
            throw LuaError(.killed, "the script was killed")
        }
        guard count <= limits.count else {
            throw LuaError(.conversion, "a value of more than \(limits.count) parts is too large to pass to the host")
        }
        switch unsafe lua_type(state, index) {
        case LUA_TNIL, LUA_TNONE: return .nil
        case LUA_TBOOLEAN: return .boolean(unsafe lua_toboolean(state, index) != 0)
        case LUA_TNUMBER:
            guard unsafe bridge_is_integer(state, index) else {
                return .number(unsafe lua_tonumberx(state, index, nil))
            }
            return .integer(unsafe bridge_integer(state, index))
        case LUA_TSTRING: return .string(try string(at: index))
        case LUA_TLIGHTUSERDATA where unsafe bridge_is_null(state, index): return .null
        case LUA_TTABLE: return .table(try table(at: unsafe lua_absindex(state, index)))
        default: return .opaque(unsafe String(cString: bridge_type_name(state, index)))
        }
    }

    private mutating func string(at index: Int32) throws(LuaError) -> LuaString {
        let string = unsafe luaString(state, at: index)
        bytes += string.bytes.count
        guard bytes <= limits.bytes else {
            throw LuaError(.conversion, "strings of more than \(limits.bytes) bytes are too large to pass to the host")
        }
        return string
    }

    private mutating func table(at index: Int32) throws(LuaError) -> LuaTable {
        if limits.isShallow && !path.isEmpty { return LuaTable() }
        let identity = unsafe UInt(bitPattern: lua_topointer(state, index))
        guard !path.contains(identity) else {
            throw LuaError(.conversion, "a table that contains itself can't be passed to the host")
        }
        guard path.count < limits.depth, unsafe lua_checkstack(state, 4) != 0 else {
            throw LuaError(.conversion, "a table nested deeper than \(limits.depth) levels can't be passed to the host")
        }
        path.append(identity)
        // Restoring the stack's top covers the early exits, which leave keys and values on it.
        let top = unsafe lua_gettop(state)
        defer {
            unsafe lua_settop(state, top)
            path.removeLast()
        }
        let form = unsafe LuaTable.Form(bridge_form_of(state, index))
        let index = unsafe bridge_push_fields(state, index) ? unsafe lua_gettop(state) : index
        let start = unsafe lua_gettop(state)
        var elements: [LuaValue] = []
        while unsafe lua_rawgeti(state, index, Int64(elements.count + 1)) != LUA_TNIL {
            elements.append(try value(at: -1))
            unsafe bridge_pop(state, 1)
            if limits.isShallow { break }
        }
        unsafe lua_settop(state, start)
        var fields: [LuaTable.Field] = []
        if limits.isShallow && !elements.isEmpty { return LuaTable(elements: elements) }
        unsafe lua_pushnil(state)
        while unsafe lua_next(state, index) != 0 {
            let key = try value(at: -2)
            if case .integer(let position) = key, position >= 1, position <= Int64(elements.count) {
                unsafe bridge_pop(state, 1)
                continue
            }
            fields.append(LuaTable.Field(key: key, value: try value(at: -1)))
            unsafe bridge_pop(state, 1)
        }
        var table = LuaTable(elements: elements, fields: fields)
        table.form = form
        return table
    }
}

/// Copies a value that is known to be a string.
func luaString(_ state: OpaquePointer?, at index: Int32) -> LuaString {
    var length = 0
    guard unsafe lua_type(state, index) == LUA_TSTRING, let start = unsafe lua_tolstring(state, index, &length) else {
        return LuaString(bytes: [])
    }
    let buffer = unsafe UnsafeRawBufferPointer(start: start, count: length)
    return unsafe LuaString(bytes: [UInt8](buffer))
}
