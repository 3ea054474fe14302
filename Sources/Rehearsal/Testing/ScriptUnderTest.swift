import VMMScripting
import VirtualMachines

/// A script that a test runs, beside the test and the other scripts of it.
struct ScriptUnderTest: Sendable {
    private let task: Task<Void, Never>

    /// Starts one: `run` is given the configuration with a clock that it shares, and with the test's answers.
    init(
        _ number: Int,
        on bench: TestBench,
        configuration: ScriptHost.Configuration,
        run: @escaping @Sendable (ScriptHost.Configuration) async -> RehearsedRun
    ) {
        let turns = bench.turns
        var configuration = configuration
        configuration.clock = bench.clock(of: .script(number))
        configuration.prober = TestProber(script: number, turns: turns)
        configuration.approver = TestApprover(script: number, turns: turns)
        configuration.onIdle = { turns.idle(.script(number)) }
        turns.began(number)
        task = Task { [configuration] in bench.ended(number, await run(configuration)) }
    }

    /// Ends it: nobody wants to know any more how it goes on.
    func abandon() { task.cancel() }

    /// Waits for its end.
    func ended() async { await task.value }
}

/// Has the test answer a script's questions for leave.
private struct TestApprover: Approver {
    let script: Int
    let turns: TestTurns

    func approval(of question: String, until deadline: Timestamp?) async throws(CancellationError) -> Approval {
        let answer = await turns.ask(.approval(question), for: script)
        if Task.isCancelled { throw CancellationError() }
        return Approval(isGiven: answer.isYes, by: "the test")
    }
}
