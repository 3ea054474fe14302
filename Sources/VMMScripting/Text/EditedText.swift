import LuaRuntime
import VirtualMachines

/// A file as people's editors save it: the one reader of scripts, modules, tests, scenarios and password files.
///
/// A byte order mark is dropped. The bytes behind it stay as they are, UTF-8 or not, with whatever ends their lines.
package struct EditedText: Sendable {
    /// The text.
    package let bytes: [UInt8]
    private let name: String

    /// The text of a file that holds `bytes`; `name` stands for it in messages.
    ///
    /// Throws `badArgument` for UTF-16, which some editors call Unicode.
    package init(_ bytes: [UInt8], named name: String) throws(VMMError) {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            throw VMMError(.badArgument, "'\(name)' is UTF-16 text, expected UTF-8", hint: "save it as UTF-8")
        }
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        self.name = name
    }

    /// The text as Lua's compiler takes it: a first line that begins with `#` is left out, as Lua's own command does, but for
    /// its end, so that lines keep their numbers.
    package var luaSource: [UInt8] {
        guard bytes.first == UInt8(ascii: "#") else { return bytes }
        return Array(bytes.drop { !Self.isLineEnd($0) })
    }

    /// The first line, without its end.
    ///
    /// Throws `badArgument` where it is not UTF-8.
    package func firstLine() throws(VMMError) -> String {
        guard let line = String(validating: bytes.prefix { !Self.isLineEnd($0) }, as: UTF8.self) else {
            throw VMMError(.badArgument, "the first line of '\(name)' is not UTF-8", hint: "save it as UTF-8")
        }
        return line
    }

    /// All of it.
    ///
    /// Throws `badArgument` where it is not UTF-8, naming the line.
    package func text() throws(VMMError) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let number = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        let line = LuaString(bytes: Array((lines.isEmpty ? [] : lines[number]).prefix(200)))
        throw VMMError(
            .badArgument,
            "line \(number + 1) of '\(name)' is not UTF-8: \(line.description.escapingControls)",
            hint: "save it as UTF-8"
        )
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
