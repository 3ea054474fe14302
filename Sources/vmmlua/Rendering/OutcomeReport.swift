import VMMScripting
import VirtualMachines

/// Tells a person at the end of a run what went wrong, and decides the exit code.
struct OutcomeReport {
    let status: ExitStatus
    private let outcome: RunOutcome
    private let script: Script
    private let calledAs: String
    private let command: ScriptCommand?

    /// `call` is the command line without the script's arguments; `command` says how to go on, where anything outlives the run.
    init(_ outcome: RunOutcome, script: Script, calledAs call: String, command: ScriptCommand? = nil) {
        self.status = ExitStatus(outcome)
        self.outcome = outcome
        self.script = script
        self.calledAs = call
        self.command = command
    }

    /// Writes the error, if there was one, and what became of the guests until then.
    func write(to console: Console) async {
        for line in await errorLines() { console.err.write(line: line) }
        let touched = outcome.error == nil ? outcome.touched.filter { !$0.isDone } : outcome.touched
        for line in GuestsAtEnd(guests: touched, command: command).lines { console.err.write(line: line) }
    }

    private func errorLines() async -> [String] {
        guard let error = outcome.error else { return [] }
        let name = script.name.escapingControls
        if outcome.hasWrongArguments {
            return ["vmmlua: \(name): \(error.message.escapingControls)"]
                + UsageText(outcome.usage, calledAs: calledAs).lines
        }
        switch outcome.signal {
        case .interrupt?: return ["vmmlua: \(name) was cancelled"]
        case .terminate?: return ["vmmlua: \(name) was terminated"]
        case .hangUp?: return ["vmmlua: \(name) was ended, as its terminal is gone"]
        case nil: break
        }
        var text = ErrorText(script: script)
        if error.isSyntaxError { text.excerpt = await SourceExcerpt(error, in: script) }
        return text.lines(error)
    }
}

extension SourceExcerpt {
    /// The place of a syntax error, where the compiler is asked if the source alone doesn't tell.
    init?(_ error: ScriptError, in script: Script) async {
        let compiler = try? await ScriptHost(
            manager: NASConnection(.unnamed(UsageError("no NAS is named")), clock: SystemClock())
        )
        .session(named: script.name)
        await self.init(error, in: script.source) { beginning in
            do throws(ScriptError) {
                try await compiler?.check(beginning)
                return false
            } catch {
                return !error.isIncomplete
            }
        }
    }
}
