import LuaRuntime
import VirtualMachines

extension Binding {
    /// `flow.approve`.
    static let approve = Binding(
        "flow.approve",
        parameters: [Parameter("question", .string)],
        options: [Parameter("expires", .duration, default: "\"2h\"")],
        results: "{by, at}",
        errors: [.rejected, .timeout],
        summary: "Asks a person, and goes on once they said yes.",
        text:
            "Who said so is in `by`, and when, in seconds since 1970, in `at`. A no raises `rejected`, no answer in time `timeout`.",
        example: #"flow.approve("Shut down all of " .. #guests .. " guests?", { expires = "30m" })"#,
        body: .operation { arguments throws(ScriptError) in
            .approve(
                try text("question", of: "flow.approve", in: arguments, atMost: 1_000),
                expires: arguments.duration("expires", default: .seconds(7200))
            )
        }
    )

    /// What `flow.lock` is written on; the number is that by which the lock is given back.
    static let takeLock = Binding(
        "flow.lock",
        parameters: [Parameter("name", .string), Parameter("number", .integer)],
        options: [Parameter("wait", .duration, default: "\"0s\"")],
        errors: [.locked],
        summary: "Takes a lock.",
        body: .operation { arguments throws(ScriptError) in
            .lock(
                // A lock may be a file, and each of these bytes three of its name.
                try text("name", of: "flow.lock", in: arguments, atMost: 80),
                number: arguments.integer("number") ?? 0,
                wait: arguments.duration("wait", default: .zero)
            )
        }
    )

    private static func text(
        _ name: String,
        of function: String,
        in arguments: Arguments,
        atMost limit: Int
    ) throws(ScriptError) -> String {
        let text = arguments.string(name) ?? ""
        guard (1...limit).contains(text.utf8.count) else {
            throw ScriptError(
                .badArgument,
                "\(function): the \(name) must have 1 to \(limit) bytes, not \(text.utf8.count)"
            )
        }
        return text
    }
}
