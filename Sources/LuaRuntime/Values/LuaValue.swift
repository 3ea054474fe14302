/// A value on its way between Lua and Swift; it shares nothing with either side.
public enum LuaValue: Sendable, Hashable {
    /// `nil`.
    case `nil`
    /// `true` or `false`.
    case boolean(Bool)
    /// A number of Lua's integer subtype.
    case integer(Int64)
    /// A number of Lua's float subtype.
    case number(Double)
    /// A string: bytes.
    case string(LuaString)
    /// A table, copied.
    case table(LuaTable)
    /// A value that can't leave Lua, by the name of its type: a function, a coroutine, userdata.
    case opaque(String)

    /// What stands for nothing where `nil` can't, as in a table: a light userdata in Lua, and JSON's `null`.
    public static let null = LuaValue.opaque("null")

    /// A string of a text's UTF-8 bytes.
    public static func string(_ text: String) -> LuaValue { .string(LuaString(text)) }

    /// The text of a string; bytes that are not UTF-8 are written as Lua writes them, `\xe9`.
    public var text: String? {
        guard case .string(let string) = self else { return nil }
        return string.description
    }

    /// The value of a number that is whole, whatever its subtype.
    public var wholeNumber: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The value of a number, whatever its subtype.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The table.
    public var table: LuaTable? {
        guard case .table(let table) = self else { return nil }
        return table
    }

    /// About how many bytes the value takes, or takes to write.
    public var size: Int {
        switch self {
        case .string(let string): string.bytes.count + 32
        case .table(let table):
            table.elements.reduce(64) { $0 + $1.size } + table.fields.reduce(0) { $0 + $1.key.size + $1.value.size }
        default: 16
        }
    }

    /// Whether this is `nil`.
    public var isNil: Bool { self == .nil }

    /// The name of the value's type, as Lua gives it.
    public var typeName: String {
        switch self {
        case .nil: "nil"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .table: "table"
        case .opaque(let name): name
        }
    }
}

extension LuaValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    /// A string written out in source.
    public init(stringLiteral value: String) { self = .string(LuaString(value)) }
    /// An integer written out in source.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A float written out in source.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A boolean written out in source.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
