import VMMScripting

/// How a script is called: the line, and its arguments.
struct UsageText {
    let lines: [String]

    /// `needs` are the permissions that the script says it needs.
    init(_ usage: ScriptUsage?, calledAs name: String, needs: [NeededPermission] = []) {
        let flags = needs.map { need in
            "--allow \(need.permission.quotedForShell)" + (need.condition.isEmpty ? "" : " \(need.condition)")
        }
        let permissions = flags.isEmpty ? [] : ["", "NEEDS: " + flags.joined(separator: " ")]
        guard let usage, !usage.arguments.isEmpty else {
            lines = ["USAGE: vmmlua run \(name)", "", "The script takes no arguments."] + permissions
            return
        }
        lines =
            [
                "USAGE: " + usage.line(for: "vmmlua run \(name)"), "", "ARGUMENTS, in this order or as name=value:",
                usage.table,
            ] + permissions
    }
}
