import ArgumentParser
import Foundation
import VMMScripting
import VirtualMachines

/// `vmmlua eval`: one expression or chunk.
struct EvalCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Evaluate Lua and print what it returns, one value a line.",
        discussion: """
            CODE is an expression or a chunk with `return`. The NAS is asked only at the
            first call of a vmm function. A list of guests is printed as a table of
            columns, on a pipe too; other tables are on one line there. With
            --output json, standard output is one document, and prints go to standard
            error.

            EXAMPLES:
              vmmlua eval '2^10'
              vmmlua eval 'vmm.list{ name = "web-*" }' --simulate
              vmmlua eval '#vmm.list{ status = "running" }' --host https://nas:5001
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Permissions") var permissions: PermissionOptions
    @OptionGroup(title: "Lost answers") var recovery: RecoveryOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Option(help: "text, or json: one document.")
    var output: OutputFormat = .text

    @OptionGroup var printOptions: PrintOptions

    @Argument(help: "Lua.")
    var code: String

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        let source = try connection.source(warningOn: console.err)
        let warnings = Warnings(on: console.err)
        let clock = source.clock
        let reporter =
            output == .json
            ? TextReporter(allOn: console.err, clock: clock, isRaw: printOptions.raw)
            : TextReporter(console, clock: clock, isRaw: printOptions.raw)
        let execution = ScriptExecution(
            source,
            command: connection.command(permissions),
            clock: clock,
            policy: try permissions.policy(),
            scopes: try permissions.scopeCheck(warnings),
            limits: limits.limits,
            settle: recovery.settle,
            reporters: [reporter],
            console: console,
            canAsk: !connection.readsStandardInput
        )
        let chunk = Script(name: "eval", source: code)
        let outcome = await execution.whileHeedingSignals {
            let asExpression = await execution.run(Script(name: "eval", source: "return \(code)"))
            guard asExpression.error?.isSyntaxError == true else { return asExpression }
            return await execution.run(chunk)
        }
        let report = OutcomeReport(
            outcome,
            script: chunk,
            calledAs: "vmmlua eval",
            command: connection.finishingCommand(permissions)
        )
        if output == .json {
            console.out.write(json: Self.document(outcome, warnings: warnings.told))
        } else if case .returned(let values) = outcome.ending {
            let text = ValueText(width: Terminal.showsOutput ? 100 : nil)
            for value in values { reporter.show(value, as: text) }
        }
        await report.write(to: console)
        return report.status
    }

    static func document(_ outcome: RunOutcome, warnings: [String] = []) -> JSONValue {
        var document: JSONObject = ["format": "vmmlua.eval", "version": 1]
        switch outcome.ending {
        case .returned(let values): document["values"] = .array(values.map(JSONValue.init(showing:)))
        case .failed(let error), .notConnected(let error): document["error"] = JSONValue(error)
        }
        if !warnings.isEmpty { document["warnings"] = .array(warnings.map(JSONValue.string)) }
        return .object(document)
    }
}
