import LuaRuntime
import LuaSyntax
import VMMScripting

/// A conversation: reads Lua until it is complete, runs it, and shows what came of it.
final class Repl {
    /// What messages call the input.
    static let chunkName = "repl"

    /// What the lines so far amount to.
    private enum Reading {
        case incomplete(ScriptError)
        case complete(String)
        case wrong(ScriptError)
    }

    private let session: ScriptSession
    private let command: ScriptCommand?
    private let console: Console
    private let reporter: TextReporter
    private let input: LineInput
    private let isPrompting: Bool
    /// A line of so many bytes may have lost its end on the way; nil for none.
    private let cutLength: Int?
    private let valueText: ValueText
    /// The locals that inputs so far have declared.
    private var knownLocals: Set<String> = []

    /// `command` says how to finish what an expression began; nil where nothing outlives the session.
    init(
        session: ScriptSession,
        console: Console,
        reporter: TextReporter,
        input: LineInput,
        isPrompting: Bool,
        command: ScriptCommand?,
        cutLength: Int? = nil
    ) {
        self.session = session
        self.command = command
        self.console = console
        self.reporter = reporter
        self.input = input
        self.isPrompting = isPrompting
        self.cutLength = cutLength
        valueText = ValueText(width: isPrompting ? 100 : nil)
    }

    /// Goes on until the input ends.
    func run() async {
        var source = ""
        var whyIncomplete: ScriptError?
        while true {
            prompt(isContinued: !source.isEmpty)
            switch await input.next() {
            case .interrupt:
                console.out.write(line: "")
                source = ""
            case .end:
                if isPrompting { console.out.write(line: "") }
                if !source.isEmpty, let whyIncomplete { await show(whyIncomplete, in: source) }
                return
            case .line(let line):
                if source.isEmpty, [":quit", ":q"].contains(line.filter { !$0.isWhitespace }) { return }
                if let cutLength, line.utf8.count >= cutLength {
                    tell(ofLineOf: cutLength)
                    source = ""
                    continue
                }
                source += source.isEmpty ? line : "\n" + line
                switch await read(source) {
                case .incomplete(let error):
                    whyIncomplete = error
                    continue
                case .complete(let chunk): await evaluate(chunk)
                case .wrong(let error): await show(error, in: source)
                }
                source = ""
            }
        }
    }

    private func prompt(isContinued: Bool) {
        guard isPrompting else { return }
        console.out.write(Array((isContinued ? ">> " : "> ").utf8))
    }

    private func tell(ofLineOf length: Int) {
        let error = ScriptError(
            .badArgument,
            "a terminal keeps \(length) bytes of a line and drops the rest: this input came cut off, and was not run",
            hint: "write it over several lines, or in a file for `vmmlua run`; lines from a pipe have any length"
        )
        for line in ErrorText(prefix: "").lines(error) { console.err.write(line: line) }
    }

    /// Takes the source for an expression if it is one, and for statements otherwise.
    private func read(_ source: String) async -> Reading {
        let expression = "return " + source
        guard let asExpression = await problem(of: expression) else { return .complete(expression) }
        guard let asStatements = await problem(of: source) else { return .complete(source) }
        if asExpression.isIncomplete || asStatements.isIncomplete {
            return .incomplete(asStatements.isIncomplete ? asStatements : asExpression)
        }
        return .wrong(asStatements)
    }

    private func problem(of source: String) async -> ScriptError? { await problem(of: Array(source.utf8)) }

    private func problem(of source: [UInt8]) async -> ScriptError? {
        do throws(ScriptError) {
            try await session.check(source)
            return nil
        } catch {
            return error
        }
    }

    private func evaluate(_ source: String) async {
        let prepared = PreparedChunk(source, knownLocals: knownLocals)
        let chunk = SessionChunk(
            source: prepared.source,
            usedLocals: prepared.usedLocals,
            declaredLocals: prepared.declaredLocals,
            declaredConstants: prepared.declaredConstants
        )
        input.beginEvaluation { [session] in session.cancel() }
        defer { input.endEvaluation() }
        do throws(ScriptError) {
            let values = try await session.evaluate(chunk)
            knownLocals.formUnion(prepared.declaredLocals)
            for value in values { reporter.show(value, as: valueText) }
        } catch {
            await show(error, in: source)
            let unfinished = GuestsAtEnd(guests: session.guestsMidway, command: command)
            for line in unfinished.lines { console.err.write(line: line) }
        }
    }

    private func show(_ error: ScriptError, in source: String) async {
        let script = Script(name: Self.chunkName, source: source)
        var text = ErrorText(prefix: "", script: script)
        if error.isSyntaxError {
            text.excerpt = await SourceExcerpt(error, in: script.source) { [self] beginning in
                guard let problem = await problem(of: beginning) else { return false }
                return !problem.isIncomplete
            }
        }
        for line in text.lines(error) { console.err.write(line: line) }
    }
}
