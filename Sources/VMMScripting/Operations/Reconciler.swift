import Synchronization
import VirtualMachines

/// Finds out what became of a write whose answer got lost: it reads, and ``Reconciliation`` decides.
struct Reconciler: Sendable {
    let manager: any VirtualMachineManager
    let clock: any RunClock
    /// How long after its connection's end a request may still take effect.
    let settle: Duration

    /// How a lost write ended.
    struct Finding: Sendable {
        var decision: Reconciliation
        /// The NAS's task that does what was asked, where one was seen.
        var taskID: TaskID?
        /// The guest as it was read last.
        var lastSeen: Guest?
    }

    /// Reads until it is decided; a NAS that can't be read is asked again until the write is too old to tell.
    ///
    /// `patience` is how long it may leave no trace.
    func finding(
        of write: UnansweredWrite,
        after loss: VMMError,
        intent: Timestamp,
        patience: Duration
    ) async -> Finding {
        let lost = clock.now
        var absentSince: Timestamp?
        var endedTasks: Set<TaskID> = []
        var finding = Finding(decision: .lookAgain)
        while true {
            if let seen = await look(at: write, &endedTasks) {
                let now = clock.now
                absentSince = seen.guest == nil ? absentSince ?? now : nil
                finding.lastSeen = seen.guest ?? finding.lastSeen
                finding.taskID = seen.taskID
                let evidence = WriteEvidence(
                    guest: seen.guest,
                    hasRunningTask: seen.taskID != nil,
                    absence: absentSince.map { now - $0 } ?? .zero,
                    sinceLost: now - lost,
                    sinceIntent: now - intent,
                    mayBeUnderWay: loss.mayBeUnderWay
                )
                finding.decision = Reconciliation(of: write, evidence, settle: patience)
            }
            if finding.decision == .lookAgain, clock.now - intent >= Reconciliation.youth {
                finding.decision = .unknown
            }
            guard finding.decision == .lookAgain else { return finding }
            // It isn't the caller's task: nobody cancels it.
            try? await clock.sleep(for: min(max(settle / 10, .milliseconds(100)), .seconds(1)))
        }
    }

    /// Sends a write until it is known what became of it.
    ///
    /// Throws `outcome_unknown` where that can't be known, and `cancelled` where it is known to have had no effect and
    /// nobody wants it any more.
    func carryOut<Value: Sendable>(
        _ write: UnansweredWrite,
        ifDone: @Sendable (TaskID?) -> Value,
        onLoss: @Sendable (VMMError) -> Void,
        _ abandonment: Abandonment,
        _ send: @Sendable () async throws(VMMError) -> Value
    ) async throws(ScriptError) -> Value {
        let intent = clock.now
        var lost: VMMError?
        while true {
            let loss: VMMError
            do throws(VMMError) {
                return try await send()
            } catch {
                if let lost, error.code == .wrongState {
                    // What refuses the second may well be that the first is in force, and a NAS that has forgotten its task
                    // can't say so: the guest will.
                    let finding = await finding(of: write, after: lost, intent: intent, patience: settle * 6)
                    guard finding.decision == .done else { throw Self.unknown(write, finding, lost) }
                    return ifDone(finding.taskID)
                }
                guard error.code == .outcomeUnknown else {
                    throw ScriptError(error, about: write.before.id, name: write.before.name)
                }
                loss = error
                onLoss(loss)
            }
            let finding = await finding(of: write, after: loss, intent: intent, patience: settle)
            switch finding.decision {
            case .done: return ifDone(finding.taskID)
            case .sendAgain where abandonment.isAbandoned:
                // A guest may take its time over a shutdown, or ignore it: nothing proves that it was not asked.
                if write.action == .power(.shutdown) { throw Self.unknown(write, finding, loss) }
                throw ScriptError(.cancelled, "cancelled")
            case .sendAgain: lost = loss
            case .lookAgain, .unknown: throw Self.unknown(write, finding, loss)
            }
        }
    }

    private static func unknown(_ write: UnansweredWrite, _ finding: Finding, _ loss: VMMError) -> ScriptError {
        let name = finding.lastSeen?.name ?? write.before.name
        let seen =
            finding.lastSeen.map { "it was last seen \($0.status.rawValue)" } ?? "it could not be read since"
        var error = ScriptError(
            .outcomeUnknown,
            "whether \(write.action.words) \(name) took effect is not known: \(seen)",
            hint: "look at the guest before you do it again",
            guest: name,
            cause: loss.message
        )
        if let api = loss.api { error.api = (api, loss.method, loss.apiCode) }
        return error
    }

    private struct Sight {
        /// Nil where it is absent.
        var guest: Guest?
        var taskID: TaskID?
    }

    /// Nil where the NAS can't be read.
    private func look(at write: UnansweredWrite, _ endedTasks: inout Set<TaskID>) async -> Sight? {
        do throws(VMMError) {
            switch write.action {
            case .power(let action):
                let taskID = try await runningTask(action, write.before.id, &endedTasks)
                let guest = try await manager.guest(write.before.id, additional: [])
                return Sight(guest: guest, taskID: taskID)
            case .set, .delete:
                // A list tells all settings, and a whole one which guests there are.
                let guests = try await manager.guests()
                let guest = guests.first { $0.id == write.before.id }
                guard guest != nil || !guests.isEmpty else { return nil }
                return Sight(guest: guest)
            }
        } catch {
            return error.code == .notFound ? Sight() : nil
        }
    }

    /// The task that does what was asked; those that have ended are remembered, and not asked about again.
    private func runningTask(
        _ action: PowerAction,
        _ guest: GuestID,
        _ endedTasks: inout Set<TaskID>
    ) async throws(VMMError) -> TaskID? {
        do throws(VMMError) {
            for id in try await manager.tasks().reversed() where !endedTasks.contains(id) {
                guard let report = try await manager.taskIfKnown(id), report.status == .running else {
                    endedTasks.insert(id)
                    continue
                }
                let isOfGuest = report.guestID == guest
                if isOfGuest, report.operation.flatMap(PowerAction.init(word:)) == action { return id }
            }
            return nil
        } catch {
            guard error.code == .unsupported else { throw error }
            return nil
        }
    }
}

/// Whether a caller has given up, seen from a task that isn't the caller's.
final class Abandonment: Sendable {
    private let isSet = Atomic(false)

    var isAbandoned: Bool { isSet.load(ordering: .relaxed) }

    func abandon() { isSet.store(true, ordering: .relaxed) }
}

extension UnansweredWrite.Action {
    /// The action as one says it of a guest.
    fileprivate var words: String {
        switch self {
        case .power(let action): action.words
        case .set: "the change of"
        case .delete: "the deletion of"
        }
    }
}
