/// A JSON value; whole numbers stay whole, and an object keeps the order of its members.
@frozen
public enum JSONValue: Sendable, Equatable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)

    /// A whole number, or `null` for none.
    package init(_ number: Int?) {
        self = number.map { .integer(Int64($0)) } ?? .null
    }

    /// The member of that name, if this is an object that has one.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    /// What kind of value this is, in words for a message.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The members of a JSON object, in order; a name that comes twice counts with its last value.
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
    /// One member.
    public typealias Member = (key: String, value: JSONValue)

    /// The members as they came.
    public private(set) var members: [Member]

    /// An object of `members`.
    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// An object written out in source.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.members = elements.map { (key: $0.0, value: $0.1) }
    }

    /// The member of that name; setting nil removes it.
    public subscript(key: String) -> JSONValue? {
        get { members.last { $0.key == key }?.value }
        set {
            guard let newValue else { return members.removeAll { $0.key == key } }
            if let index = members.lastIndex(where: { $0.key == key }) {
                members[index].value = newValue
            } else {
                members.append((key, newValue))
            }
        }
    }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }
}

extension JSONObject: Equatable {
    /// Equal members in equal order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members, by: ==)
    }
}
