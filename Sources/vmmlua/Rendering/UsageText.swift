import VMMScripting

/// How a script is called: the line, and its arguments.
struct UsageText {
    let lines: [String]

    init(_ usage: ScriptUsage?, calledAs name: String) {
        guard let usage, !usage.arguments.isEmpty else {
            lines = ["USAGE: vmmlua run \(name)", "", "The script takes no arguments."]
            return
        }
        lines = [
            "USAGE: " + usage.line(for: "vmmlua run \(name)"), "", "ARGUMENTS, in this order or as name=value:",
            usage.table,
        ]
    }
}
