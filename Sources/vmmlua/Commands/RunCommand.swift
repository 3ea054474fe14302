import ArgumentParser
import Foundation
import VMMScripting
import VirtualMachines

/// `vmmlua run`: a script from the login to the logout.
struct RunCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a script, from a file or by the name of a shipped workflow.",
        discussion: """
            SCRIPT is a file, - for standard input, or one of the shipped workflows:
            \(Workflow.all.map(\.name).joined(separator: ", ")).

            ARGS are the script's own, by position or as name=value;
            `vmmlua run SCRIPT --help` lists them. Options may stand before or after;
            what comes behind -- is all the script's. What the script prints goes to
            standard output, progress and logs to standard error: a line for each change,
            and at a terminal, below those, what is under way.

            EXAMPLES:
              vmmlua run rolling-restart --simulate --speed 60
              vmmlua run rolling-restart 'web-*' batch=2 --host https://nas:5001
              vmmlua run nightly.lua --allow 'vmm.power_off:lab-*' --output json
            """,
        helpNames: []
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Permissions") var permissions: PermissionOptions
    @OptionGroup(title: "Lost answers") var recovery: RecoveryOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup var chance: ChanceOptions

    @Option(help: "text, or json: an object a line for each event.")
    var output: OutputFormat = .text

    @OptionGroup var printOptions: PrintOptions

    @OptionGroup var scriptOptions: ScriptOptions

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        if scriptOptions.readsStandardInput { try connection.leaveStandardInput(to: "the script") }
        if let status = try await scriptOptions.showHelp(of: Self.self, console) { return status }
        let script = try scriptOptions.find()
        let source = try connection.source(warningOn: console.err)
        if case .unnamed(let missing) = source { throw missing }
        let policy = try permissions.policy()
        let clock = source.clock
        let json = output == .json
        let warnings = Warnings(on: console.err) { message in
            if json { console.out.write(json: JSONEvents.warning(message, time: clock.wallTime)) }
        }
        let scopes = try permissions.scopeCheck(warnings)
        let needs = script.neededPermissions
        try needs.check(against: policy, of: script.name)
        if json { console.out.write(json: JSONEvents.head("vmmlua.run", script: script.name, time: clock.wallTime)) }
        warnings.tell(needs.problems, of: script.name)
        let console = json ? console : console.withDisplay(clock: clock)
        let outcome = await perform(script, source, clock, policy, scopes, console)
        let report = OutcomeReport(
            outcome,
            script: script,
            calledAs: scriptOptions.call(of: Self.self),
            command: connection.finishingCommand(permissions)
        )
        if json {
            let end = GuestsAtEnd(guests: outcome.touched, command: connection.finishingCommand(permissions))
            let finish = end.finishingLine
            console.out.write(
                json: JSONEvents.end(outcome, status: report.status, time: clock.wallTime, finish: finish)
            )
        }
        await report.write(to: console)
        return report.status
    }

    private func reporters(_ console: Console, _ clock: SystemClock) -> [any Reporter] {
        switch (output, console.display) {
        case (.json, _): [JSONReporter(console.out, clock: clock)]
        case (.text, let display?): [display, TextReporter(console, clock: clock, isRaw: printOptions.raw)]
        case (.text, nil): [TextReporter(console, clock: clock, isRaw: printOptions.raw)]
        }
    }

    private func perform(
        _ script: Script,
        _ source: MachineSource,
        _ clock: SystemClock,
        _ policy: PermissionPolicy,
        _ scopes: GuestScopeCheck,
        _ console: Console
    ) async -> RunOutcome {
        let execution = ScriptExecution(
            source,
            command: connection.command(permissions),
            clock: clock,
            policy: policy,
            scopes: scopes,
            limits: limits.limits,
            settle: recovery.settle,
            seed: chance.seed,
            modules: script.folder,
            reporters: reporters(console, clock),
            console: console,
            canAsk: !scriptOptions.readsStandardInput && !connection.readsStandardInput
        )
        return await execution.whileHeedingSignals {
            if let failure = await execution.connect() { return failure }
            return await console.whileDisplaying { await execution.run(script, arguments: scriptOptions.arguments) }
        }
    }
}
