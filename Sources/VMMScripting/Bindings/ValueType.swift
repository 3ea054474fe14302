import LuaRuntime
import VirtualMachines

/// The types of arguments and options, as declarations name them.
public enum ValueType: String, Sendable {
    /// Anything, `nil` too.
    case any
    /// `true` or `false`.
    case boolean
    /// A string.
    case string
    /// A number that is whole.
    case integer
    /// A number.
    case number
    /// A function.
    case function
    /// Any table.
    case table
    /// An array.
    case list
    /// A guest table, an id or a name.
    case guest
    /// A guest, a name, an id, a pattern, a filter, or a list of these; `guests.lua` has the rule, and checks what lists hold.
    case guests
    /// An array of anything; or guests, by what is no array.
    case items
    /// A task table or a task id.
    case task
    /// Seconds from 0 up, or text such as `"1h30m"`.
    case duration
    /// A status word.
    case status
    /// A status word or an array of them.
    case statuses
    /// A whole number from 1 up, or text such as `"25%"`.
    case share

    /// What is expected, in words.
    var expectation: String {
        switch self {
        case .any: "a value"
        case .boolean: "true or false"
        case .string: "a string"
        case .integer: "a whole number"
        case .number: "a number"
        case .function: "a function"
        case .table: "a table"
        case .list: "an array"
        case .guest: "a guest, an id or a name"
        case .guests: "a guest, a name, an id, a pattern, a filter, or a list of these"
        case .items: "an array, or guests by a name, an id, a pattern or a filter"
        case .task: "a task or a task id"
        case .duration: "seconds from 0 up or text like \"90s\", \"5m\", \"1h30m\""
        case .status: "a status word (\(Self.statusWords))"
        case .statuses: "a status word or an array of them (\(Self.statusWords))"
        case .share: "a whole number from 1 up or text like \"25%\""
        }
    }

    private static let statusWords = GuestStatus.allCases.map(\.rawValue).joined(separator: ", ")

    func accepts(_ value: LuaValue) -> Bool {
        switch self {
        case .any: true
        case .boolean: value.typeName == "boolean"
        case .string: value.typeName == "string"
        case .integer: value.wholeNumber != nil
        case .number: value.typeName == "number"
        case .function: value.typeName == "function"
        case .table, .list: value.typeName == "table"
        case .guest: GuestReference(value) != nil
        case .guests, .items: ["string", "table"].contains(value.typeName)
        case .task: TaskReference(value) != nil
        case .duration: Duration(luaValue: value) != nil
        case .status: GuestStatus(luaValue: value) != nil
        case .statuses: [GuestStatus](luaValue: value) != nil
        case .share: Share(value) != nil
        }
    }
}

extension LuaValue {
    /// The value in a few words, for a message.
    var brief: String {
        switch self {
        case .nil: "nothing"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value):
            value.bytes.count > 40 ? "\"\(value.description.prefix(40))…\"" : "\"\(value)\""
        case .table: "a table"
        case .opaque(let name): "a \(name)"
        }
    }
}

extension GuestStatus {
    init?(luaValue value: LuaValue) {
        guard let word = value.text else { return nil }
        self.init(rawValue: word)
    }
}

extension [GuestStatus] {
    init?(luaValue value: LuaValue) {
        let words = value.table?.elements ?? [value]
        let statuses = words.compactMap(GuestStatus.init(luaValue:))
        guard !statuses.isEmpty, statuses.count == words.count else { return nil }
        self = statuses
    }
}
