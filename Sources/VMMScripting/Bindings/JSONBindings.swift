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
            text: "A table with elements is an array, any other an object; an empty table is an empty array.",
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
            summary: "Reads a value from JSON; null is nil.",
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
                    encoder.append(try JSONValue(parsing: text.bytes))
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
            self = .number(value)
        case .string(let value):
            guard let text = value.utf8 else { throw Self.inexpressible("a string that is not UTF-8") }
            self = .string(text)
        case .table(let table): self = try Self.encode(table)
        case .opaque(let name): throw Self.inexpressible("a \(name)")
        }
    }

    private static func encode(_ table: LuaTable) throws(ScriptError) -> JSONValue {
        if table.fields.isEmpty {
            var elements: [JSONValue] = []
            for element in table.elements { elements.append(try JSONValue(luaValue: element)) }
            return .array(elements)
        }
        guard table.elements.isEmpty else {
            throw inexpressible("a table with both elements and names")
        }
        var members: [JSONObject.Member] = []
        for field in table.fields {
            guard case .string(let key) = field.key, let name = key.utf8 else {
                throw inexpressible("a table whose keys are not all names")
            }
            members.append((name, try JSONValue(luaValue: field.value)))
        }
        return .object(JSONObject(members))
    }

    private static func inexpressible(_ what: String) -> ScriptError {
        ScriptError(.badArgument, "json.encode: JSON can't express \(what)")
    }
}
