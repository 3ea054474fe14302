import Foundation
import LuaRuntime
import LuaSyntax
import VMMScripting

/// Shows Lua values to a person.
///
/// A string by itself is shown as it is, inside a table as one would write it. A list of guests becomes a table of
/// columns. Any other table is written on one line where it fits, and over several where not.
struct ValueText: Sendable {
    /// How long a line may get before a table is broken up; nil where everything stays on one line.
    let width: Int?

    /// How deep tables are shown.
    static let maximumDepth = 6

    /// A value by itself.
    func text(_ value: LuaValue) -> String {
        switch value {
        case .table(let table):
            if let guests = GuestTable(table) { return guests.text }
            return laidOut(value, indent: 0, depth: 0)
        default: return plain(value)
        }
    }

    /// A value without quotes around a string.
    func plain(_ value: LuaValue) -> String { value.text ?? inline(value) }

    /// A value on one line, as it stands inside a table.
    func inline(_ value: LuaValue) -> String { inline(value, depth: 0) }

    // MARK: Parts

    private func inline(_ value: LuaValue, depth: Int) -> String {
        switch value {
        case .nil: return "nil"
        case .boolean(let flag): return flag ? "true" : "false"
        case .integer(let number): return "\(number)"
        case .number(let number): return Self.number(number)
        case .string(let string): return Self.quoted(string)
        case .null: return "null"
        case .opaque(let type): return "<\(type)>"
        case .table(let table):
            guard !table.isEmpty else { return "{}" }
            guard depth < Self.maximumDepth else { return "{…}" }
            let parts = entries(table).map { $0.key + inline($0.value, depth: depth + 1) }
            return "{ \(parts.joined(separator: ", ")) }"
        }
    }

    private func laidOut(_ value: LuaValue, indent: Int, depth: Int) -> String {
        let line = inline(value, depth: depth)
        guard let width, indent + line.columns > width, case .table(let table) = value, depth < Self.maximumDepth else {
            return line
        }
        let inner = indent + 2
        let margin = String(repeating: " ", count: inner)
        let parts = entries(table)
            .map { entry in
                margin + entry.key + laidOut(entry.value, indent: inner, depth: depth + 1)
            }
        return "{\n\(parts.joined(separator: ",\n"))\n\(String(repeating: " ", count: indent))}"
    }

    private func entries(_ table: LuaTable) -> [(key: String, value: LuaValue)] {
        let fields = table.fields.map { (key: key($0.key) + " = ", value: $0.value) }
        return table.elements.map { (key: "", value: $0) } + fields
    }

    private func key(_ key: LuaValue) -> String {
        guard let text = key.text, Self.isName(text) else { return "[\(inline(key))]" }
        return text
    }

    /// Whether a key can be written without brackets.
    private static func isName(_ text: String) -> Bool {
        var tokens = Lexer(text)
        guard let token = tokens.next() else { return false }
        return token.kind == .name && token.text == text
    }

    // MARK: Numbers and strings

    /// A float as Lua's `tostring` writes it: at most 14 digits, and always to be told from an integer.
    static func number(_ number: Double) -> String {
        if number.isNaN { return number.sign == .minus ? "-nan" : "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        let text = String(format: "%.14g", number)
        return text.contains { ".en".contains($0) } ? text : text + ".0"
    }

    private static func quoted(_ string: LuaString) -> String {
        guard let text = string.utf8 else { return "\"" + string.bytes.map(escaped).joined() + "\"" }
        let parts = text.unicodeScalars.map { $0.isASCII ? escaped(UInt8($0.value)) : String($0).escapingControls }
        return "\"" + parts.joined() + "\""
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "\n"): "\\n"
        case UInt8(ascii: "\t"): "\\t"
        case UInt8(ascii: "\r"): "\\r"
        case 0x20..<0x7F: String(Unicode.Scalar(byte))
        default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
