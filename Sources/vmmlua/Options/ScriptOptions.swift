import ArgumentParser
import VMMScripting

/// The script that a command is about, with its arguments, or the wish to be told what it takes.
struct ScriptOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show this help; behind SCRIPT, what the script is for and takes.")
    var help = false

    @Argument(
        help: ArgumentHelp("A file, the name of a shipped workflow, or - for standard input.", valueName: "script")
    )
    var name: String?

    @Argument(help: ArgumentHelp("Arguments of the script.", valueName: "args"))
    var arguments: [String] = []

    /// Whether the script comes from standard input.
    var readsStandardInput: Bool { name == Script.standardInput }

    /// The script that is named.
    func find() throws(UsageError) -> Script { try Script.find(name ?? "") }

    /// Shows what help was asked for, of `command` or of the script; nil where the script is to be executed.
    func showHelp(of command: any Command.Type, _ console: Console) async throws(UsageError) -> ExitStatus? {
        let own = Self.words(command)
        guard name != nil else {
            guard help else { throw UsageError("no script is named", hint: "`\(own) --help` tells how") }
            console.out.write(line: RootCommand.helpMessage(for: command))
            return .done
        }
        guard help else { return nil }
        return await Self.showHelp(of: try find(), by: own, calledAs: call(of: command), console)
    }

    /// The command line that executes the script, without its arguments: `vmmlua run nightly.lua`.
    func call(of command: any Command.Type) -> String { "\(Self.words(command)) \(name ?? "")" }

    private static func words(_ command: any Command.Type) -> String {
        "vmmlua \(command.configuration.commandName ?? "")"
    }

    /// Tells what a script is for and what it takes; that needs no NAS.
    private static func showHelp(
        of script: Script,
        by command: String,
        calledAs call: String,
        _ console: Console
    ) async -> ExitStatus {
        let arguments: ScriptArguments
        do throws(ScriptError) {
            arguments = try await ScriptHost.arguments(
                of: script.source,
                named: script.name,
                modules: script.folder
            )
        } catch {
            let report = OutcomeReport(RunOutcome(.failed(error)), script: script, calledAs: call)
            await report.write(to: console)
            return report.status
        }
        if !script.headComment.isEmpty { console.out.write(line: script.headComment.escapingControlsInLines + "\n") }
        let needs = script.neededPermissions
        for line in UsageText(arguments, calledAs: call, needs: needs.all).lines { console.out.write(line: line) }
        Warnings(on: console.err).tell(needs.problems, of: script.name)
        console.out.write(line: "\n`\(command) --help` tells the options of the command itself.")
        return .done
    }
}
