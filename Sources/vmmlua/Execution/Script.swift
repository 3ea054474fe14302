import LuaSyntax
import VMMScripting

/// A script's source, and the name by which messages call it.
struct Script: Sendable {
    /// Its path as it was given, or the file name of a shipped workflow.
    let name: String
    /// Lua.
    let source: String
    /// Where the modules that it requires are; nil for a script that is not a file.
    let folder: String?

    init(name: String, source: String, folder: String? = nil) {
        self.name = name
        self.source = source
        self.folder = folder
    }

    /// The script of a file, if there is one of that path, or else the shipped workflow of that name.
    static func find(_ argument: String) throws(UsageError) -> Script {
        guard !argument.isEmpty else { throw UsageError("the script's name is empty") }
        let bytes: [UInt8]
        do {
            bytes = try vmmlua.bytes(ofFile: argument, atMost: 16 << 20)
        } catch {
            if let workflow = Workflow.named(argument) { return workflow.script }
            guard fileExists(argument) else { throw Workflow.unknown(argument) }
            throw error
        }
        return try Script(name: argument, bytes: bytes)
    }

    /// Throws for bytes that are not UTF-8.
    init(name: String, bytes: [UInt8]) throws(UsageError) {
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard var source = String(validating: bytes, as: UTF8.self) else {
            throw UsageError("'\(name)' is not a Lua script: it is not UTF-8 text")
        }
        // Lua's own command skips such a line too; as a comment it keeps the numbers of the lines.
        if source.hasPrefix("#!") { source = "--" + source.dropFirst(2) }
        let folder = name.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        self.init(
            name: name,
            source: source,
            folder: name.hasPrefix("/") && folder.isEmpty ? "/" : folder.isEmpty ? "." : folder
        )
    }

    /// The permissions that the head comment says the script needs.
    var neededPermissions: NeededPermissions { NeededPermissions(headComment: headComment) }

    /// The comment at the script's head, which tells what the script is for.
    var headComment: String {
        var lines: [Substring] = []
        var expectedLine: Int?
        for token in Lexer(source) {
            guard token.kind == .comment, !token.text.hasPrefix("#!"), !token.text.hasPrefix("--[") else { break }
            if token.line == 1, token.text.hasPrefix("--/") { continue }
            if let expectedLine, token.line != expectedLine { break }
            expectedLine = token.line + 1
            let text = token.text.dropFirst(2)
            lines.append(text.hasPrefix(" ") ? text.dropFirst() : text)
        }
        return lines.joined(separator: "\n")
    }
}
