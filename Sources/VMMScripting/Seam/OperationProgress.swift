import VirtualMachines

/// An operation while it goes on: what is known of it, told to the journal, the record and the reporters.
///
/// A class, and its functions not inlined: a task that waits keeps no more of it than a reference, and thousands may wait.
final class OperationProgress {
    let operation: Operation
    private let seam: Seam
    private let start: Timestamp
    private var guest: String?
    private var lastPercent: Int?
    private var isPostponed = false
    /// The script that asked, of those that the run's state runs one after the other.
    private let era: Int
    /// Whether it is a write that has left, or is about to.
    private var hasLeft = false

    @inline(never)
    init(_ operation: Operation, _ seam: Seam) {
        self.operation = operation
        self.seam = seam
        start = seam.clock.now
        era = seam.record.era
        guest = operation.guestLabel
    }

    @inline(never)
    func began() {
        seam.report(.began(report))
    }

    /// The guest was read: its current name is known.
    func resolved(_ guest: Guest) {
        self.guest = guest.name
    }

    /// Right before a write leaves; it isn't sent if this throws.
    func willWrite(_ target: Guest) async throws(ScriptError) {
        try await seam.journal.noteIntent(of: operation, guest: target, at: seam.clock.now)
        seam.record.willWrite(operation, target)
        leaves()
    }

    /// From here on a run doesn't end without the answer.
    func leaves() {
        guard !hasLeft else { return }
        hasLeft = true
        seam.record.writeBegan()
    }

    /// A wait learned how far the task is.
    @inline(never)
    func progressed(_ percent: Int?) {
        guard percent != lastPercent else { return }
        lastPercent = percent
        seam.report(.progressed(report, percent: percent))
    }

    /// A write was not taken on, and is asked for again; only the first time is told.
    @inline(never)
    func postponed(because refusal: ScriptError) {
        guard !isPostponed else { return }
        isPostponed = true
        seam.report(.postponed(report, reason: refusal.message))
    }

    /// Tells that the write's answer is missing; for the task that the write has of its own.
    var lossNotice: @Sendable (VMMError) -> Void {
        { [operation, guest, start, seam] loss in
            let report = OperationReport(operation, guest: guest, start: start, time: seam.clock.now)
            seam.report(.answerLost(report, reason: loss.message))
        }
    }

    @inline(never)
    func succeeded(_ answer: Answer) -> Answer {
        end(.success(answer))
        return answer
    }

    @inline(never)
    func failed(_ error: ScriptError) -> ScriptError {
        end(.failure(error))
        return error
    }

    /// The answer that the run was given before.
    @inline(never)
    func repeated(_ recorded: Result<Answer, ScriptError>) throws(ScriptError) -> Answer {
        seam.record.finished(operation, recorded)
        do { return try recorded.get() } catch { throw error }
    }

    private func end(_ result: Result<Answer, ScriptError>) {
        let isAbandoned = era != seam.record.era
        // What a run that was killed no longer waited for ends unseen, some time after it.
        guard hasLeft || !isAbandoned else { return }
        seam.report(.ended(report, result))
        seam.record.finished(operation, result)
        if isAbandoned { seam.record.forgetResult(of: operation.id) }
        if hasLeft { seam.record.writeEnded() }
    }

    private var report: OperationReport {
        OperationReport(operation, guest: guest, start: start, time: seam.clock.now)
    }
}

extension OperationReport {
    fileprivate init(_ operation: Operation, guest: String?, start: Timestamp, time: Timestamp) {
        self.init(
            id: operation.id,
            name: operation.name,
            operationClass: operation.operationClass,
            guest: guest,
            subject: operation.subject,
            start: start,
            time: time
        )
    }
}
