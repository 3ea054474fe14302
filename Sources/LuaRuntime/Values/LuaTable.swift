import CLuaBridge

/// The contents of a Lua table: elements 1 to n, and the other keys in a defined order.
public struct LuaTable: Sendable, Hashable {
    /// What a table is in a language that has arrays and objects.
    public enum Form: Sendable, Hashable {
        /// A list, also where it is empty.
        case array
        /// Values by name, also where there are none.
        case object
    }

    /// One key that is not an element's, with its value.
    public struct Field: Sendable, Hashable {
        /// The key.
        public let key: LuaValue
        /// The value; never `nil`.
        public var value: LuaValue

        /// A key with its value.
        public init(key: LuaValue, value: LuaValue) {
            self.key = key
            self.value = value
        }
    }

    /// The values at 1, 2, 3 ….
    public var elements: [LuaValue]
    /// The other keys: numbers first, then strings by bytes, then the rest.
    public private(set) var fields: [Field]

    /// What the table was said to be, if anything: that doesn't count when tables are compared.
    public var form: Form?

    /// A table of elements and named fields; a field whose value is `nil` is left out.
    public init(elements: [LuaValue] = [], _ named: KeyValuePairs<String, LuaValue> = [:]) {
        self.elements = elements
        self.fields = named.filter { !$0.value.isNil }.map { Field(key: .string(LuaString($0.key)), value: $0.value) }
    }

    /// A table of elements and fields of any key.
    init(elements: [LuaValue], fields: [Field]) {
        self.elements = elements
        self.fields = fields.sorted { $0.key.sortsBefore($1.key) }
    }

    /// The value of the string key `name`; setting `nil` removes it.
    public subscript(name: String) -> LuaValue {
        get {
            let key = LuaString(name)
            return fields.first { $0.key == .string(key) }?.value ?? .nil
        }
        set {
            let key = LuaValue.string(LuaString(name))
            fields.removeAll { $0.key == key }
            if !newValue.isNil { fields.append(Field(key: key, value: newValue)) }
        }
    }

    /// Whether both hold the same.
    public static func == (left: LuaTable, right: LuaTable) -> Bool {
        left.elements == right.elements && left.fields == right.fields
    }

    /// Hashes what the table holds.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(elements)
        hasher.combine(fields)
    }

    /// Whether the table holds nothing.
    public var isEmpty: Bool { elements.isEmpty && fields.isEmpty }
}

extension LuaValue {
    /// The order of keys: numbers, strings by bytes, booleans, the rest.
    fileprivate func sortsBefore(_ other: LuaValue) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.bytes.lexicographicallyPrecedes(right.bytes)
        case (.boolean(let left), .boolean(let right)): !left && right
        case (.integer(let left), .integer(let right)): left < right
        default:
            if let left = double, let right = other.double { left < right } else { keyRank < other.keyRank }
        }
    }

    private var keyRank: Int {
        switch self {
        case .integer, .number: 0
        case .string: 1
        case .boolean: 2
        case .nil, .table, .opaque: 3
        }
    }
}

extension LuaTable.Form {
    init?(_ form: bridge_form) {
        switch form {
        case BRIDGE_ARRAY: self = .array
        case BRIDGE_OBJECT: self = .object
        default: return nil
        }
    }

    var bridged: bridge_form {
        switch self {
        case .array: BRIDGE_ARRAY
        case .object: BRIDGE_OBJECT
        }
    }
}
