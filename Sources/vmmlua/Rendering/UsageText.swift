import VMMScripting

/// How a script is called: the line, and its arguments.
struct UsageText {
    let lines: [String]

    /// `call` is the command line without the arguments; `needs` are the permissions that the script says it needs.
    init(_ usage: ScriptUsage?, calledAs call: String, needs: [NeededPermission] = []) {
        let flags = needs.map { need in
            "--allow \(need.permission.quotedForShell)" + (need.condition.isEmpty ? "" : " \(need.condition)")
        }
        let permissions = flags.isEmpty ? [] : ["", "NEEDS: " + flags.joined(separator: " ")]
        guard let usage, !usage.arguments.isEmpty else {
            lines = ["USAGE: \(call)", "", "The script takes no arguments."] + permissions
            return
        }
        lines =
            [
                "USAGE: " + usage.line(for: call), "", "ARGUMENTS, in this order or as name=value:",
                usage.table,
            ] + permissions
    }
}
