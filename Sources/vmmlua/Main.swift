import ArgumentParser
import VMMScripting

/// Runs the command line and ends the process with its exit code.
@main struct Main {
    static func main() async {
        holdClosedStreams()
        ignoreBrokenPipes()
        await exitProcess(status(of: Array(CommandLine.arguments.dropFirst()), console: .standard))
    }

    /// Carries out the command that `arguments` give.
    static func status(of arguments: [String], console: Console) async -> ExitStatus {
        let status = await endOfCommand(arguments, console)
        guard let failure = console.out.failure else { return status }
        console.err.write(line: "vmmlua: cannot write to standard output: \(failure)")
        return status == .done ? .failed : status
    }

    private static func endOfCommand(_ arguments: [String], _ console: Console) async -> ExitStatus {
        let command: any Command
        do {
            var parsed = try RootCommand.parseAsRoot(arguments)
            // The root, and the parser's own command for help, answer by throwing the help.
            guard let ours = parsed as? any Command else {
                try parsed.run()
                return .done
            }
            command = ours
        } catch {
            return report(error, arguments, console)
        }
        do {
            return try await command.execute(console: console)
        } catch {
            console.err.write(line: "vmmlua: \(error.description.escapingControls)")
            return .usage
        }
    }

    /// Help and version are answers; everything else that the parser throws is a mistake in the call.
    private static func report(_ error: any Error, _ arguments: [String], _ console: Console) -> ExitStatus {
        if RootCommand.exitCode(for: error) == .success {
            console.out.write(line: RootCommand.fullMessage(for: error))
            return .done
        }
        let message = RootCommand.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        let told = message.lowercasingFirst.escapingControls
        let names = RootCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        let command = arguments.first { names.contains($0) }.map { "vmmlua \($0)" } ?? "vmmlua"
        let end = told.hasSuffix("?") ? "" : ";"
        console.err.write(line: "vmmlua: \(told)\(end) `\(command) --help` tells what there is")
        return .usage
    }
}

/// A command that says with a value how it ended.
protocol Command: AsyncParsableCommand {
    /// Does the command's work.
    func execute(console: Console) async throws(UsageError) -> ExitStatus
}

/// The command line's root.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vmmlua",
        abstract: "Lua scripts for the virtual machines of a Synology NAS.",
        discussion: """
            EXAMPLES:
              vmmlua run rolling-restart --simulate     try a workflow on a simulated NAS
              vmmlua plan rolling-restart --simulate    see what it would do
              vmmlua test workflows                     run the tests in a folder
              vmmlua run nightly.lua --host https://nas:5001 --account scripts
              vmmlua eval 'vmm.list{ status = "running" }' --simulate
              vmmlua repl --simulate                    look around
              vmmlua doctor --host https://nas:5001 --account scripts

            EXIT CODES:
              0    done
              1    the script failed
              2    usage or configuration
              3    `plan --detailed-exitcode`: something would be changed
              4    the NAS can't be reached or refuses the login
              5    a limit ended the script
              75   another run holds a lock
              130  interrupted
              143  terminated
            """,
        version: "vmmlua \(Version.current)",
        subcommands: [
            RunCommand.self, PlanCommand.self, TestCommand.self, EvalCommand.self, ReplCommand.self, DoctorCommand.self,
            SimulateCommand.self,
        ]
    )
}

/// The program's version.
enum Version {
    static let current = "0.1.0"
}

extension String {
    fileprivate var lowercasingFirst: String { prefix(1).lowercased() + dropFirst() }
}
