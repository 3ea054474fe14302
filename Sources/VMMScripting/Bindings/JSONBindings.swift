import LuaRuntime
import VirtualMachines

private let largestJSON = 1 << 20

extension Binding {
    /// `json`.
    static let json: [Binding] = [
        Binding(
            "json.encode",
            parameters: [Parameter("value", .any)],
            results: "text",
            summary: "Writes a value as JSON.",
            text:
                "A table with elements is an array, any other an object. An empty table is an empty array, unless it was "
                + "decoded from an object, or json.object made it one. A float that is whole, up to 2^53, is written as an "
                + "integer.",
            example: "print(json.encode(vmm.list():names()))",
            body: .function { arguments in
                let value = arguments["value"] ?? .nil
                return LuaEncoder([.string(LuaString(bytes: try JSONValue(luaValue: value).serialized()))])
            }
        ),
        Binding(
            "json.decode",
            parameters: [Parameter("text", .string)],
            results: "value",
            summary: "Reads a value from JSON; null is json.null.",
            text:
                "json.encode writes what was decoded as it was: null, empty objects and empty arrays stay what they are.",
            example: #"json.decode('{"batch": 2}').batch"#,
            body: .function { arguments in
                guard case .string(let text) = arguments["text"] else { return LuaEncoder() }
                // Nothing can end the parser, so it gets no more than it reads in a moment.
                guard text.bytes.count <= largestJSON else {
                    throw ScriptError(
                        .badArgument,
                        "json.decode: a text of more than \(largestJSON >> 20) MiB is too large"
                    )
                }
                var encoder = LuaEncoder()
                do {
                    encoder.append(decoded: try JSONValue(parsing: text.bytes))
                } catch {
                    throw ScriptError(.badArgument, "json.decode: \(error)")
                }
                return encoder
            }
        ),
    ]
}

extension JSONValue {
    /// Throws ``ScriptError`` (`bad_argument`) for what JSON can't say.
    init(luaValue: LuaValue) throws(ScriptError) {
        switch luaValue {
        case .nil: self = .null
        case .boolean(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value):
            guard value.isFinite else { throw Self.inexpressible("the number \(value)") }
            self.init(value)
        case .string(let value):
            guard let text = value.utf8 else { throw Self.inexpressible("a string that is not UTF-8") }
            self = .string(text)
        case .table(let table): self = try Self.encode(table)
        case .null: self = .null
        case .opaque(let name): throw Self.inexpressible("a \(name)")
        }
    }

    private static func encode(_ table: LuaTable) throws(ScriptError) -> JSONValue {
        if table.form == .object { return try object(table) }
        if table.fields.isEmpty {
            var elements: [JSONValue] = []
            for element in table.elements { elements.append(try JSONValue(luaValue: element)) }
            return .array(elements)
        }
        guard table.form != .array else { throw inexpressible("an array with holes or names") }
        guard table.elements.isEmpty else {
            throw inexpressible("a table with both elements and names")
        }
        return try object(table)
    }

    private static func object(_ table: LuaTable) throws(ScriptError) -> JSONValue {
        var members: [JSONObject.Member] = []
        // What is said to be an object may have numbers for names.
        for (index, element) in table.elements.enumerated() {
            members.append(("\(index + 1)", try JSONValue(luaValue: element)))
        }
        for field in table.fields {
            guard let name = name(field.key, isObject: table.form == .object) else {
                throw inexpressible("a table whose keys are not all names")
            }
            members.append((name, try JSONValue(luaValue: field.value)))
        }
        return .object(JSONObject(members))
    }

    private static func name(_ key: LuaValue, isObject: Bool) -> String? {
        switch key {
        case .string(let key): key.utf8
        case .integer(let number) where isObject: "\(number)"
        default: nil
        }
    }

    private static func inexpressible(_ what: String) -> ScriptError {
        ScriptError(.badArgument, "json.encode: JSON can't express \(what)")
    }
}

extension JSONValue {
    /// A number as other programs expect it: a whole one without a fraction, as far as a float tells whole numbers apart.
    ///
    /// JavaScript calls these the safe integers, with 2^53 itself beside them (RFC 8259, section 6). `-0.0` stays a float.
    package init(_ number: Double) {
        let isWhole = number.magnitude <= 0x1p53 && (number != 0 || number.sign == .plus)
        self = isWhole ? Int64(exactly: number).map(JSONValue.integer) ?? .number(number) : .number(number)
    }
}

extension LuaEncoder {
    /// Adds a value so that `json.encode` writes it as it was.
    fileprivate mutating func append(decoded value: JSONValue) {
        switch value {
        case .null: appendNull()
        case .array(let elements):
            beginTable(elements: elements.count)
            for element in elements { append(decoded: element) }
        case .object(let object):
            beginForm(.object)
            beginTable(fields: object.members.count)
            for member in object.members {
                append(member.key)
                append(decoded: member.value)
            }
        case .bool, .integer, .number, .string: append(value)
        }
    }
}
