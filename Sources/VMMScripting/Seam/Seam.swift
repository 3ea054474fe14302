import LuaRuntime
import Synchronization
import VirtualMachines

/// The one place that every effect of a script passes: journal, policy and effect, report.
///
/// The policy is asked by the executor, which knows the guest by then.
final class Seam: Sendable {
    private let executor: OperationExecutor
    private let journal: any Journal
    private let reporters: [any Reporter]
    private let clock: any RunClock
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
    func perform(_ operation: Operation) async throws(ScriptError) -> Answer {
        let result: Result<Answer, ScriptError>
        if let recorded = try await journal.recordedAnswer(to: operation) {
            result = recorded
        } else {
            result = await performAnew(operation)
        }
        record.finished(operation, result)
        do { return try result.get() } catch { throw error }
    }

    private func performAnew(_ operation: Operation) async -> Result<Answer, ScriptError> {
        let start = clock.now
        var guest = operation.guestLabel
        func snapshot() -> OperationReport {
            OperationReport(
                id: operation.id,
                name: operation.name,
                operationClass: operation.operationClass,
                guest: guest,
                start: start,
                time: clock.now
            )
        }
        report(.began(snapshot()))
        var lastProgress: Int?
        let observer = OperationExecutor.Observer(
            resolved: { guest = $0.name },
            willWrite: { [journal, clock, record] target async throws(ScriptError) in
                try await journal.noteIntent(of: operation, guest: target, at: clock.now)
                record.willWrite(operation, target)
            },
            progressed: { percent in
                guard percent != lastProgress else { return }
                lastProgress = percent
                self.report(.progressed(snapshot(), percent: percent))
            }
        )
        let result: Result<Answer, ScriptError>
        do {
            result = .success(try await executor.execute(operation, observer))
        } catch {
            result = .failure(error)
        }
        report(.ended(snapshot(), result))
        return result
    }
}
