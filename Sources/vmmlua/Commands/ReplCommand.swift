import ArgumentParser
import Foundation
import VMMScripting
import VirtualMachines

/// `vmmlua repl`: Lua line by line.
struct ReplCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "repl",
        abstract: "Evaluate Lua line by line.",
        discussion: """
            An expression's values are printed, a list of guests as a table of columns.
            Input goes on over lines until it is complete; locals survive from line to
            line. Ctrl-C stops what runs, Ctrl-D or :quit leaves. On a pipe there are
            neither prompts nor a banner, tables are on one line, errors go to standard
            error without ending the session, and each input has the default limits of
            `vmmlua run`.

            EXAMPLES:
              vmmlua repl --simulate
              printf 'local n = 2\\nn * 21\\n' | vmmlua repl
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Permissions") var permissions: PermissionOptions
    @OptionGroup(title: "Lost answers") var recovery: RecoveryOptions

    @OptionGroup var printOptions: PrintOptions

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        try connection.leaveStandardInput(to: "what is evaluated")
        let source = try connection.source(warningOn: console.err)
        let clock = source.clock
        let scopes = try permissions.scopeCheck(Warnings(on: console.err))
        let nas = NASConnection(source, clock: clock, console: console, scopes: scopes)
        var configuration = ScriptHost.Configuration()
        configuration.clock = clock
        configuration.policy = try permissions.policy()
        configuration.settle = recovery.settle
        // At a prompt a person watches, and Ctrl-C ends what takes long; memory alone can't be given back so.
        if Terminal.isPrompting {
            configuration.limits = .none
            configuration.limits.memory = ScriptLimits().memory
        }
        let reporter = TextReporter(console, clock: clock, isRaw: printOptions.raw)
        configuration.reporters = [reporter]
        configuration.command = connection.command(permissions)
        configuration.locks = source.locks(environment: ProcessInfo.processInfo.environment)
        let input = LineInput()
        if Terminal.isInteractive {
            configuration.approver = TerminalApprover(input: input, console: console, clock: clock)
        }
        let host = ScriptHost(manager: nas, configuration: configuration)

        let control = RunControl(console, isAnnouncing: false)
        let isPrompting = Terminal.isPrompting
        let watch = SignalWatch(
            leave: { control.leave(by: $0) },
            { signal in
                // At a prompt Ctrl-C concerns the expression alone; the session takes it.
                if isPrompting && signal == .interrupt && input.takeInterrupt() { return }
                control.receive(signal)
                input.close()
            }
        )
        defer { withExtendedLifetime(watch) {} }
        let repl = { (session: ScriptSession) in
            Repl(
                session: session,
                console: console,
                reporter: reporter,
                input: input,
                isPrompting: isPrompting,
                command: connection.finishingCommand(permissions),
                cutLength: Terminal.longestTypedLine
            )
        }
        let status = await converse(with: host, on: nas, source, input, control, console, isPrompting, repl)
        await nas.close()
        return status
    }

    private func converse(
        with host: ScriptHost,
        on nas: NASConnection,
        _ source: MachineSource,
        _ input: LineInput,
        _ control: RunControl,
        _ console: Console,
        _ isPrompting: Bool,
        _ makeRepl: (ScriptSession) -> Repl
    ) async -> ExitStatus {
        if let failure = await connect(nas, source, control) {
            let script = Script(name: Repl.chunkName, source: "")
            let report = OutcomeReport(failure, script: script, calledAs: "vmmlua repl")
            await report.write(to: console)
            return report.status
        }
        let session: ScriptSession
        do throws(ScriptError) {
            session = try await host.session(named: Repl.chunkName)
        } catch {
            for line in ErrorText().lines(error) { console.err.write(line: line) }
            return .failed
        }
        let command = connection.finishingCommand(permissions)
        let stop = RunControl.Target(
            cancel: { session.cancel(grace: $0) },
            kill: { session.kill() },
            lastWords: { GuestsAtEnd(guests: session.guestsMidway, command: command).lines }
        )
        control.aim(at: stop)
        console.out.whenBroken { input.close() }
        if isPrompting {
            console.out.write(line: "vmmlua \(Version.current) on \(source.label); :quit or Ctrl-D leaves")
        }
        await makeRepl(session).run()
        for line in stop.lastWords() { console.err.write(line: line) }
        return control.signal.map { ExitStatus(RunOutcome(.returned([]), signal: $0)) } ?? .done
    }

    /// Logs in before the first line, where a NAS is named; without one, the first vmm call says what is missing.
    private func connect(_ nas: NASConnection, _ source: MachineSource, _ control: RunControl) async -> RunOutcome? {
        if case .unnamed = source { return nil }
        let result = await control.carryOut { () async throws(VMMError) in
            try await nas.connect()
            await nas.checkScopes()
        }
        guard case .failure(let error) = result else { return nil }
        return RunOutcome(
            .notConnected(ScriptError(error)),
            signal: control.signal,
            configurationProblem: nas.configurationProblem
        )
    }
}
