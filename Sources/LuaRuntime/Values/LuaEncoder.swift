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
        bytes.append(UInt8(BRIDGE_NIL.rawValue))
    }

    /// Adds what stands for nothing where `nil` can't.
    public mutating func appendNull() {
        bytes.append(UInt8(BRIDGE_NULL.rawValue))
    }

    /// Adds a boolean.
    public mutating func append(_ value: Bool) {
        bytes.append(UInt8((value ? BRIDGE_TRUE : BRIDGE_FALSE).rawValue))
    }

    /// Adds an integer.
    public mutating func append(_ value: Int64) {
        append(BRIDGE_INTEGER, UInt64(bitPattern: value))
    }

    /// Adds an integer.
    public mutating func append(_ value: Int) {
        append(Int64(value))
    }

    /// Adds a float.
    public mutating func append(_ value: Double) {
        append(BRIDGE_NUMBER, value.bitPattern)
    }

    /// Adds a string's UTF-8 bytes.
    public mutating func append(_ value: String) {
        append(BRIDGE_STRING, value)
    }

    /// Adds a string.
    public mutating func append(_ value: LuaString) {
        append(BRIDGE_STRING, UInt64(value.bytes.count), value.bytes.span)
    }

    /// Announces a table of that many elements and fields.
    public mutating func beginTable(elements: Int = 0, fields: Int = 0) {
        append(BRIDGE_TABLE, UInt64(UInt32(clamping: elements)) | UInt64(UInt32(clamping: fields)) << 32)
    }

    /// Announces that the table that comes next is an instance of a class that trusted code defined.
    public mutating func beginInstance(of className: String) {
        append(BRIDGE_CLASS, className)
    }

    /// Announces that the table that comes next is of that form.
    public mutating func beginForm(_ form: LuaTable.Form) {
        bytes += [UInt8(BRIDGE_FORM.rawValue), UInt8(form.bridged.rawValue)]
    }

    /// Announces that the table that comes next is a record: a script reads its fields and changes nothing.
    ///
    /// Trusted code says by `record` what becomes of other uses; without that it is a table as any.
    public mutating func beginRecord() {
        bytes.append(UInt8(BRIDGE_RECORD.rawValue))
    }

    /// Adds a value; what is opaque can't come back and becomes `nil`.
    public mutating func append(_ value: LuaValue) {
        switch value {
        case .null: appendNull()
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
        if let form = table.form { beginForm(form) }
        beginTable(elements: table.elements.count, fields: fields.count)
        for element in table.elements { append(element) }
        for field in fields {
            append(field.key)
            append(field.value)
        }
    }

    private mutating func append(_ tag: bridge_tag, _ string: String) {
        let utf8 = string.utf8Span.span
        append(tag, UInt64(utf8.count), utf8)
    }

    /// Grows the array once for all that a value is made of: a list of guests has tens of thousands of values.
    private mutating func append(_ tag: bridge_tag, _ word: UInt64, _ body: Span<UInt8> = Span()) {
        let header = 1 + MemoryLayout<UInt64>.size
        bytes.append(addingCapacity: header + body.count) { added in
            unsafe added.withUnsafeMutableBufferPointer { buffer, count in
                let target = UnsafeMutableRawBufferPointer(buffer)
                unsafe target.storeBytes(of: UInt8(tag.rawValue), as: UInt8.self)
                unsafe target.storeBytes(of: word, toByteOffset: 1, as: UInt64.self)
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[header...])
                unsafe body.withUnsafeBytes { unsafe rest.copyMemory(from: $0) }
                count = header + body.count
            }
        }
    }
}
