import Foundation
import SynologyVMM
import VMMScripting
import VirtualMachines

/// Runs scripts over a connection, from the login to the logout, and heeds signals throughout.
struct ScriptExecution: Sendable {
    private let connection: NASConnection
    private let host: ScriptHost
    private let control: RunControl
    private let clock: SystemClock
    private let transitions = TransitionRecorder()
    /// Where guests are real, for plans to go by.
    private let transitionFile: TransitionFile?
    private let limits: ScriptLimits
    private let settle: Duration
    /// How to go on where a run is left; nil where nothing outlives it.
    private let finishingCommand: ScriptCommand?

    /// `command` is how the run was started; `canAsk` says whether standard input is left for a person's answers.
    init(
        _ source: MachineSource,
        command: ScriptCommand,
        clock: SystemClock,
        policy: PermissionPolicy,
        scopes: GuestScopeCheck,
        limits: ScriptLimits,
        settle: Duration,
        seed: UInt64? = nil,
        modules: ScriptFolder? = nil,
        reporters: [any Reporter],
        console: Console,
        canAsk: Bool
    ) {
        self.clock = clock
        self.limits = limits
        self.settle = settle
        if case .simulated = source { finishingCommand = nil } else { finishingCommand = command }
        transitionFile = source.transitionFile(environment: ProcessInfo.processInfo.environment)
        connection = NASConnection(source, clock: clock, console: console, scopes: scopes)
        var configuration = ScriptHost.Configuration()
        configuration.clock = clock
        configuration.policy = policy
        configuration.limits = limits
        configuration.settle = settle
        configuration.seed = seed
        configuration.modules = modules
        configuration.prober = NetworkProber()
        let asks = canAsk && Terminal.isInteractive
        configuration.approver = asks ? TerminalApprover(input: LineInput(), console: console, clock: clock) : nil
        configuration.locks = source.locks(environment: ProcessInfo.processInfo.environment)
        configuration.reporters = reporters + [transitions]
        configuration.command = command
        host = ScriptHost(manager: connection, configuration: configuration)
        control = RunControl(console)
    }

    /// Runs `body`, then logs out; signals end what is under way meanwhile.
    func whileHeedingSignals(_ body: () async -> RunOutcome) async -> RunOutcome {
        // A word may be asked for in the middle of a run, when there is no session any more that could be logged out of.
        let watch = SignalWatch(leave: { [control] in control.leave(by: $0) }, { [control] in control.receive($0) })
        var outcome = await body()
        await connection.close()
        transitionFile?.append(transitions.history)
        withExtendedLifetime(watch) {}
        outcome.signal = control.signal
        return outcome
    }

    /// Logs in before the script's first line, and checks whether the permissions fit the guests; nil if the login went well.
    func connect() async -> RunOutcome? {
        let result = await control.carryOut { [connection] () async throws(VMMError) in
            try await connection.connect()
            await connection.checkScopes()
        }
        guard case .failure(let error) = result else { return nil }
        return RunOutcome(
            .notConnected(ScriptError(error)),
            configurationProblem: connection.configurationProblem
        )
    }

    /// Runs a script to its end.
    func run(_ script: Script, arguments: [String] = []) async -> RunOutcome {
        do throws(ScriptError) {
            let run = try await host.start(script.source, named: script.name, arguments: arguments, keepsEvents: false)
            control.aim(
                at: RunControl.Target(run, command: finishingCommand) { [connection] in await connection.close() }
            )
            let lastResort = leaveIfOverdue(script)
            defer { lastResort?.cancel() }
            let ending: RunOutcome.Ending
            do throws(ScriptError) {
                ending = .returned(try await run.result())
            } catch {
                ending = .failed(error)
            }
            return RunOutcome(
                ending,
                usage: run.usage,
                touched: run.touchedGuests,
                configurationProblem: connection.configurationProblem
            )
        } catch {
            return RunOutcome(.failed(error))
        }
    }

    /// Ends the process where a run doesn't end long after its time and its grace, when what was on its way is decided too.
    private func leaveIfOverdue(_ script: Script) -> Task<Void, Never>? {
        guard let time = limits.time, let grace = limits.grace else { return nil }
        let deadline = clock.now + time + grace + settle + .seconds(60)
        let line =
            "vmmlua: \(script.name.escapingControls): the script was left: it reached its limit of \(time.brief) to run, and"
            + " doesn't end; perhaps nobody reads what it prints"
        return Task { [control, clock] in
            await control.leave(after: deadline, of: clock, with: .limited, saying: line)
        }
    }
}
