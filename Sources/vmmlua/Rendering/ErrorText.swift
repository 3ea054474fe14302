import LuaRuntime
import VMMScripting

/// Tells a person why a script failed, and where.
struct ErrorText {
    /// What stands before the message: `vmmlua: `, or nothing in a session.
    var prefix = "vmmlua: "
    /// The script that ran, whose lines are quoted.
    var script: Script?
    /// Where in its line a syntax error is, where that takes more than the source to tell.
    var excerpt: SourceExcerpt?

    /// The lines: place and message, the source where it isn't Lua, the hint, the calls that led there.
    func lines(_ error: ScriptError) -> [String] {
        let place = error.position.map { "\(name($0.chunk)):\($0.line): " } ?? ""
        let message = error.message.utf8.count > 10_000 ? error.message.prefix(2000) + "…" : error.message[...]
        var lines = [prefix + (place + message).escapingControls]
        if error.isSyntaxError {
            lines += excerpt?.lines ?? []
        }
        if let hint = error.hint { lines.append("  hint: \(hint.escapingControls)") }
        let calls = calls(in: error.traceback ?? "")
        // A single line says no more than the place already does.
        if calls.count > 1 {
            lines += ["  called from:"] + calls.dropFirst().map { "    \($0.escapingControls)" }
        }
        return lines
    }

    /// The traceback's lines that lie in a script; those of the host's own code tell a script's author nothing.
    private func calls(in traceback: String) -> [String] {
        traceback.split(separator: "\n").dropFirst()
            .map { String($0.drop { $0 == "\t" || $0 == " " }) }
            .filter { !$0.hasPrefix("[") && !$0.hasPrefix("(") && $0 != "stack traceback:" && $0.contains(":") }
            .map { line in
                guard line.hasPrefix("..."), let end = line.firstIndex(of: ":") else { return line }
                return name(String(line[..<end])) + line[end...]
            }
    }

    /// The script's name in full, where Lua cut off its head.
    private func name(_ chunk: String) -> String {
        guard let script, chunk.hasPrefix("..."), script.name.hasSuffix(chunk.dropFirst(3)) else { return chunk }
        return script.name
    }
}
