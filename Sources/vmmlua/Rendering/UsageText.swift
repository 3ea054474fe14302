import VMMScripting

/// How a script is called: the line, and its arguments.
struct UsageText {
    private(set) var lines: [String]

    /// What is known of a script before it runs.
    init(_ arguments: ScriptArguments, calledAs call: String, needs: [NeededPermission] = []) {
        switch arguments {
        case .declared(let usage): self.init(usage, calledAs: call, needs: needs)
        case .none: self.init(nil, calledAs: call, needs: needs)
        case .unknown(let line):
            self.init(nil, calledAs: call, needs: needs)
            let head = [
                "USAGE: \(call) [ARGUMENTS]", "",
                "The script takes arguments. What they are, it works out while it runs: see script.args on its line \(line).",
            ]
            lines.replaceSubrange(..<head.count, with: head)
        }
    }

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
