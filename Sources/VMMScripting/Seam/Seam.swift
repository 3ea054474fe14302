import LuaRuntime
import VirtualMachines

/// The one place that every effect of a script passes: journal, policy and effect, report.
///
/// The policy is asked by the executor, which knows the guest by then.
final class Seam: Sendable {
    private let executor: OperationExecutor
    let journal: any Journal
    private let reporters: [any Reporter]
    let clock: any RunClock
    let record: RunRecord

    init(
        executor: OperationExecutor,
        journal: any Journal,
        reporters: [any Reporter],
        clock: any RunClock,
        record: RunRecord
    ) {
        self.executor = executor
        self.journal = journal
        self.reporters = reporters
        self.clock = clock
        self.record = record
    }

    func report(_ event: RunEvent) {
        for reporter in reporters { reporter.report(event) }
    }

    /// Makes one operation.
    ///
    /// Throws what the script is to see.
    func perform(_ progress: OperationProgress) async throws(ScriptError) -> Answer {
        if let answer = try await recordedAnswer(to: progress) { return answer }
        progress.began()
        do {
            return progress.succeeded(try await executor.execute(progress))
        } catch {
            throw progress.failed(error)
        }
    }

    @inline(never)
    private func recordedAnswer(to progress: OperationProgress) async throws(ScriptError) -> Answer? {
        guard let recorded = try await journal.recordedAnswer(to: progress.operation) else { return nil }
        return try progress.repeated(recorded)
    }
}
