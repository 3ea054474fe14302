import ArgumentParser
import Foundation
import Rehearsal
import SimulatedVMM
import SynologyVMM
import VMMScripting
import VirtualMachines

/// `vmmlua plan`: what a script would do to the guests that there are now.
struct PlanCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a script would do to the guests that exist now, and touch none.",
        discussion: """
            The guests are read once and simulated from then on; the script runs on the
            simulated ones, in time that passes by itself. Nothing is changed. What a list
            of guests doesn't tell, such as their disks, is read when the script asks.

            Guests are taken to need as long as in the runs from this machine before, the
            middle of the last \(TransitionHistory.sampleLimit) times; or else \(Timings().boot.brief) to boot and \(Timings().shutdown.brief) to
            shut down. Probes are taken to succeed, and approvals to be given; --assume
            turns that round. The exit code is that of `run`; with --detailed-exitcode it
            is 3 where the script would change anything and not fail.

            SCRIPT and ARGS are as for `run`; `vmmlua plan SCRIPT --help` lists a script's own.

            EXAMPLES:
              vmmlua plan rolling-restart 'web-*' batch=2 --host https://nas:5001
              vmmlua plan nightly.lua --at '2026-12-05 02:00' --svg nightly.svg
              vmmlua plan rolling-restart --simulate
            """,
        helpNames: []
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Permissions") var permissions: PermissionOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup var chance: ChanceOptions

    @Option(
        help: ArgumentHelp("When the script begins, as in '2026-12-05 02:00'; now unless told.", valueName: "time"),
        transform: Timestamp.init(argument:)
    )
    var at: Timestamp?

    @Option(
        help: ArgumentHelp(
            "How far to look ahead; 1d unless told. --timeout ends a plan as it would a run.",
            valueName: "time"
        ),
        transform: TimeLimit.init(argument:)
    )
    var horizon: TimeLimit?

    @Option(
        help: ArgumentHelp(
            "What to take for granted: probe=false, approval=false, or either as true.",
            valueName: "what"
        ),
        transform: AssumedAnswer.init(argument:)
    )
    var assume: [AssumedAnswer] = []

    @Option(help: ArgumentHelp("Write a chart of who is out of service when to a file.", valueName: "file"))
    var svg: String?

    @Flag(help: "Exit with 3 if the script would change anything and not fail.")
    var detailedExitcode = false

    @Option(help: "text, or json: one document.")
    var output: OutputFormat = .text

    @OptionGroup var scriptOptions: ScriptOptions

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        if scriptOptions.readsStandardInput { try connection.leaveStandardInput(to: "the script") }
        if let status = try await scriptOptions.showHelp(of: Self.self, console) { return status }
        let script = try scriptOptions.find()
        let source = try connection.source(warningOn: console.err)
        if case .unnamed(let missing) = source { throw missing }
        let policy = try permissions.policy()
        let warnings = Warnings(on: console.err)
        let scopes = try permissions.scopeCheck(warnings)
        let needs = script.neededPermissions
        try needs.check(against: policy, of: script.name)
        warnings.tell(needs.problems, of: script.name)
        let start = at ?? source.clock.wallTime

        let control = RunControl(console)
        let watch = SignalWatch { control.receive($0) }
        defer { withExtendedLifetime(watch) {} }
        let connection = NASConnection(source, clock: source.clock, console: console, scopes: scopes)
        let file = source.transitionFile(environment: ProcessInfo.processInfo.environment)
        let history = file?.history ?? TransitionHistory()
        let original = await control.carryOut { () async throws(VMMError) in
            let clone = try await ClusterClone(of: connection, timings: Timings(), history: history, now: start)
            return Original(machines: connection, clone: clone, dialect: try await connection.dialect())
        }
        switch original {
        case .failure(let error):
            await connection.close()
            let outcome = RunOutcome(
                .notConnected(ScriptError(error)),
                signal: control.signal,
                configurationProblem: connection.configurationProblem
            )
            let report = OutcomeReport(outcome, script: script, calledAs: scriptOptions.call(of: Self.self))
            await report.write(to: console)
            return report.status
        case .success(let original): return try await rehearse(script, original, policy, warnings, control, console)
        }
    }

    /// What there is, and in which words it is told.
    private struct Original: Sendable {
        var machines: NASConnection
        var clone: ClusterClone
        var dialect: DialectName
    }

    private func rehearse(
        _ script: Script,
        _ original: Original,
        _ policy: PermissionPolicy,
        _ warnings: Warnings,
        _ control: RunControl,
        _ console: Console
    ) async throws(UsageError) -> ExitStatus {
        var rehearsal = Rehearsal(original.clone.cluster, of: original.machines, speaking: original.dialect)
        rehearsal.configuration.seed = chance.seed
        rehearsal.configuration.policy = policy
        rehearsal.configuration.limits = limits.limits
        rehearsal.configuration.command = connection.command(permissions)
        rehearsal.horizon = horizon.map(\.duration) ?? .seconds(86_400)
        rehearsal.configuration.modules = script.folder
        for answer in assume { answer.apply(to: &rehearsal.answers) }
        let run =
            await control.carryOut(farewell: { await original.machines.close() }) { [rehearsal] in
                await rehearsal.run(script.source, named: script.name, arguments: scriptOptions.arguments)
            }
            .get()
        await original.machines.close()

        let plan = Plan(run, remarks: original.clone.remarks(on: run))
        let ending: RunOutcome.Ending
        do throws(ScriptError) { ending = .returned(try run.result.get()) } catch { ending = .failed(error) }
        let outcome = RunOutcome(ending, usage: run.usage, signal: control.signal)
        let report = OutcomeReport(outcome, script: script, calledAs: scriptOptions.call(of: Self.self))
        switch output {
        // The script didn't begin: what it takes is told below.
        case .text where outcome.hasWrongArguments: break
        case .text: for line in PlanText(plan, run, start: at).lines { console.out.write(line: line) }
        case .json:
            let document = PlanJSON.document(plan, run, script: script.name, report.status, warnings: warnings.told)
            console.out.write(json: document)
        }
        if let svg, !outcome.hasWrongArguments {
            try write(PlanChart(plan, title: script.name, start: at).svg, toFile: svg)
        }
        await report.write(to: console)
        guard detailedExitcode, report.status == .done, !plan.changes.isEmpty else { return report.status }
        return .changes
    }
}

/// What a plan is told to take for granted: `probe=false`.
struct AssumedAnswer: Sendable {
    private let answer: WritableKeyPath<Rehearsal.AssumedAnswers, Bool> & Sendable
    private let isYes: Bool

    init(argument: String) throws {
        let words = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        let answers: [String: WritableKeyPath<Rehearsal.AssumedAnswers, Bool> & Sendable] = [
            "probe": \.probe, "approval": \.approval,
        ]
        guard words.count == 2, let answer = answers[words[0]], let isYes = Bool(words[1]) else {
            throw ValidationError("write probe=false, probe=true, approval=false or approval=true")
        }
        (self.answer, self.isYes) = (answer, isYes)
    }

    func apply(to answers: inout Rehearsal.AssumedAnswers) { answers[keyPath: answer] = isYes }
}

extension Timestamp {
    /// Reads `2026-12-05 02:00`, local time.
    init(argument: String) throws {
        let parts = argument.split(whereSeparator: { "- T:".contains($0) }).map { Int($0) }
        let numbers = parts.compactMap(\.self)
        guard numbers.count == parts.count, [5, 6].contains(numbers.count), (1...9_999).contains(numbers[0]) else {
            throw ValidationError("write a time such as '2026-12-05 02:00'")
        }
        let fields = DateComponents(
            year: numbers[0],
            month: numbers[1],
            day: numbers[2],
            hour: numbers[3],
            minute: numbers[4],
            second: numbers.count > 5 ? numbers[5] : 0
        )
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        guard fields.isValidDate(in: calendar), let date = calendar.date(from: fields) else {
            throw ValidationError("there is no such time as '\(argument)'")
        }
        self.init(sinceEpoch: Duration(clampingSeconds: date.timeIntervalSince1970.rounded(.down)))
    }
}
