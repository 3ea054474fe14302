import CLuaBridge

/// Values in the flat form in which they cross to Lua; can be written on any thread.
///
/// A table is announced by its counts and followed by as many values: first the elements, then keys and values in turn.
/// What is announced must follow.
public struct LuaEncoder: Sendable {
    private(set) var bytes: [UInt8] = []

    /// No values yet.
    public init() {}

    /// Those values.
    public init(_ values: [LuaValue]) {
        for value in values { append(value) }
    }

    /// Adds `nil`.
    public mutating func appendNil() {
        append(tag: BRIDGE_NIL)
    }

    /// Adds a boolean.
    public mutating func append(_ value: Bool) {
        append(tag: value ? BRIDGE_TRUE : BRIDGE_FALSE)
    }

    /// Adds an integer.
    public mutating func append(_ value: Int64) {
        append(tag: BRIDGE_INTEGER)
        append(word: UInt64(bitPattern: value))
    }

    /// Adds an integer.
    public mutating func append(_ value: Int) {
        append(Int64(value))
    }

    /// Adds a float.
    public mutating func append(_ value: Double) {
        append(tag: BRIDGE_NUMBER)
        append(word: value.bitPattern)
    }

    /// Adds a string's UTF-8 bytes.
    public mutating func append(_ value: String) {
        append(tag: BRIDGE_STRING)
        append(body: value)
    }

    /// Adds a string.
    public mutating func append(_ value: LuaString) {
        append(tag: BRIDGE_STRING)
        append(word: UInt64(value.bytes.count))
        bytes.append(contentsOf: value.bytes)
    }

    /// Announces a table of that many elements and fields.
    public mutating func beginTable(elements: Int = 0, fields: Int = 0) {
        append(tag: BRIDGE_TABLE)
        append(word: UInt64(UInt32(clamping: elements)) | UInt64(UInt32(clamping: fields)) << 32)
    }

    /// Announces that the table that comes next is an instance of a class that trusted code defined.
    public mutating func beginInstance(of className: String) {
        append(tag: BRIDGE_CLASS)
        append(body: className)
    }

    /// Adds a value; what is opaque can't come back and becomes `nil`.
    public mutating func append(_ value: LuaValue) {
        switch value {
        case .nil, .opaque: appendNil()
        case .boolean(let value): append(value)
        case .integer(let value): append(value)
        case .number(let value): append(value)
        case .string(let value): append(value)
        case .table(let table): append(table)
        }
    }

    /// Adds a table.
    public mutating func append(_ table: LuaTable) {
        let fields = table.fields.filter {
            switch $0.key {
            // Lua takes neither as a key.
            case .nil, .opaque: false
            case .number(let key): !key.isNaN
            default: true
            }
        }
        beginTable(elements: table.elements.count, fields: fields.count)
        for element in table.elements { append(element) }
        for field in fields {
            append(field.key)
            append(field.value)
        }
    }

    private mutating func append(tag: bridge_tag) {
        bytes.append(UInt8(tag.rawValue))
    }

    private mutating func append(word: UInt64) {
        unsafe withUnsafeBytes(of: word) { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func append(body string: String) {
        var string = string
        string.withUTF8 { utf8 in
            append(word: UInt64(utf8.count))
            unsafe bytes.append(contentsOf: utf8)
        }
    }
}
