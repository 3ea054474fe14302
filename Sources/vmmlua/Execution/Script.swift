import LuaSyntax
import VMMScripting
import VirtualMachines

/// A script's source, and the name by which messages call it.
struct Script: Sendable {
    /// What stands for standard input where a file is named.
    static let standardInput = "-"

    /// Its path as it was given, the file name of a shipped workflow, or `stdin`.
    let name: String
    /// Lua: any bytes.
    let source: [UInt8]
    /// Where the modules that it requires are; nil for a script that is not a file.
    let folder: ScriptFolder?

    init(name: String, source: [UInt8], folder: ScriptFolder? = nil) {
        self.name = name
        self.source = source
        self.folder = folder
    }

    init(name: String, source: String) {
        self.init(name: name, source: Array(source.utf8))
    }

    /// The script of a file, if there is one of that path, or else the shipped workflow of that name; `-` is standard input.
    static func find(_ argument: String) throws(UsageError) -> Script {
        guard !argument.isEmpty else { throw UsageError("the script's name is empty") }
        guard argument != standardInput else {
            return Script(name: "stdin", source: try luaSource(try bytesOfStandardInput(atMost: sizeLimit), "stdin"))
        }
        let bytes: [UInt8]
        do {
            bytes = try vmmlua.bytes(ofFile: argument, atMost: sizeLimit)
        } catch {
            if let workflow = Workflow.named(argument) { return workflow.script }
            guard fileExists(argument) else { throw Workflow.unknown(argument) }
            throw error
        }
        return try Script(path: argument, bytes: bytes)
    }

    /// The script of that file.
    init(file path: String) throws(UsageError) {
        try self.init(path: path, bytes: try bytes(ofFile: path, atMost: Self.sizeLimit))
    }

    private init(path: String, bytes: [UInt8]) throws(UsageError) {
        self.init(name: path, source: try Self.luaSource(bytes, path), folder: ScriptFolder(of: path))
    }

    private static let sizeLimit = 16 << 20

    private static func luaSource(_ bytes: [UInt8], _ name: String) throws(UsageError) -> [UInt8] {
        do throws(VMMError) {
            return try EditedText(bytes, named: name).luaSource
        } catch {
            throw UsageError(error)
        }
    }

    /// The permissions that the head comment says the script needs.
    var neededPermissions: NeededPermissions { NeededPermissions(headComment: headComment) }

    /// The comment at the script's head, which tells what the script is for.
    var headComment: String {
        var lines: [Substring] = []
        var expectedLine: Int?
        for token in Lexer(source) {
            guard token.kind == .comment, !token.text.hasPrefix("--[") else { break }
            if let expectedLine, token.line != expectedLine { break }
            expectedLine = token.line + 1
            let text = token.text.dropFirst(2)
            lines.append(text.hasPrefix(" ") ? text.dropFirst() : text)
        }
        return lines.joined(separator: "\n")
    }
}
