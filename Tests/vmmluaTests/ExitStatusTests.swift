import LuaRuntime
import Testing
import VirtualMachines

@testable import VMMScripting
@testable import vmmlua

/// The exit code, decided from what the host knows.
@Suite struct ExitStatusTests {
    private static func failed(_ kind: ErrorKind) -> RunOutcome { RunOutcome(.failed(ScriptError(kind, "m"))) }

    @Test("each outcome has its exit code")
    func table() throws {
        var usage = try ScriptUsage(declaration: .table(LuaTable()))
        usage.problem = "m"
        let problem = VMMError(.badArgument, "m")
        let table: [(RunOutcome, Int32)] = [
            (RunOutcome(.returned([])), 0),
            (Self.failed(.script), 1),
            (Self.failed(.timeout), 1),
            (Self.failed(.badArgument), 1),
            (Self.failed(.badAnswer), 1),
            (Self.failed(.accessDenied), 1),
            (Self.failed(.cancelled), 1),
            (Self.failed(.unreachable), 4),
            (Self.failed(.loginRefused), 4),
            (RunOutcome(.failed(ScriptError(.badArgument, "m")), usage: usage), 2),
            (RunOutcome(.failed(ScriptError(.badArgument, "other")), usage: usage), 1),
            (RunOutcome(.failed(ScriptError(.badArgument, "m")), configurationProblem: problem), 2),
            (RunOutcome(.returned([]), configurationProblem: problem), 0),
            (RunOutcome(.notConnected(ScriptError(.unreachable, "m"))), 4),
            (RunOutcome(.notConnected(ScriptError(.badAnswer, "m"))), 4),
            (RunOutcome(.notConnected(ScriptError(.cancelled, "m"))), 130),
            (RunOutcome(.notConnected(ScriptError(.badArgument, "m")), configurationProblem: problem), 2),
            (RunOutcome(.failed(ScriptError(.cancelled, "m")), signal: .interrupt), 130),
            (RunOutcome(.returned([]), signal: .interrupt), 130),
            (RunOutcome(.failed(ScriptError(.unreachable, "m")), signal: .terminate), 143),
            (RunOutcome(.returned([]), signal: .hangUp), 143),
        ]
        for (outcome, code) in table { #expect(ExitStatus(outcome).rawValue == code, "\(outcome)") }
    }
}
