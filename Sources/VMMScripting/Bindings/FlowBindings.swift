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
            let question = arguments.string("question") ?? ""
            guard (1...longestQuestion).contains(question.utf8.count) else {
                throw ScriptError(
                    .badArgument,
                    "flow.approve: the question must have 1 to \(longestQuestion) bytes, not \(question.utf8.count)"
                )
            }
            return .approve(question, expires: arguments.duration("expires", default: .seconds(7200)))
        }
    )

    private static let longestQuestion = 1_000

    /// What `flow.lock` is written on; the number is that by which the lock is given back.
    static let takeLock = Binding(
        "flow.lock",
        parameters: [Parameter("name", .string), Parameter("number", .integer)],
        options: [Parameter("wait", .duration, default: "\"0s\"")],
        errors: [.locked],
        summary: "Takes a lock.",
        body: .operation { arguments throws(ScriptError) in
            let name = arguments.string("name") ?? ""
            guard (1...longestLockName).contains(name.utf8.count) else {
                throw ScriptError(
                    .badArgument,
                    "flow.lock: the name must have 1 to \(longestLockName) bytes, not \(name.utf8.count)"
                )
            }
            return .lock(
                name,
                number: arguments.integer("number") ?? 0,
                wait: arguments.duration("wait", default: .zero)
            )
        }
    )

    private static let longestLockName = 80
}
