import Synchronization
import VirtualMachines

/// Finds out what became of a write whose answer got lost: it reads, and ``Reconciliation`` decides.
struct Reconciler: Sendable {
    let manager: any VirtualMachineManager
    let clock: any RunClock
    /// How long after its connection's end a request may still take effect.
    let settle: Duration
    /// Where guests are read, together with all who wait.
    let room: WaitingRoom

    /// How often a write is sent that gets lost each time: every try bets on the assumption again.
    static let maximumTries = 10

    /// A write whose answer is missing, for whom and since when.
    struct Case: Sendable {
        var write: UnansweredWrite
        var operation: OperationID
        /// The tasks that this run has begun: they are not the write's.
        var knownTasks: Set<TaskID>
        let abandonment: Abandonment
    }

    /// How a lost write ended.
    struct Finding: Sendable {
        var decision: Reconciliation
        /// The NAS's task that does what was asked, where one was seen.
        var taskID: TaskID?
        /// The guest as it was read last.
        var lastSeen: Guest?
    }

    /// Reads until it is decided; a NAS that can't be read is asked again until the write is too old to tell, or nobody
    /// wants to know.
    ///
    /// `patience` is how long it may leave no trace.
    func finding(of lost: Case, after loss: VMMError, intent: Timestamp, patience: Duration) async -> Finding {
        let start = clock.now
        var absentSince: Timestamp?
        var hasEndedTask = false
        var isFirstLook = true
        var finding = Finding(decision: .lookAgain)
        while true {
            if let seen = await look(at: lost, since: start, deadline: start + patience) {
                let now = clock.now
                absentSince = seen.guest == nil ? absentSince ?? now : nil
                finding.lastSeen = seen.guest ?? finding.lastSeen
                var evidence = WriteEvidence(
                    guest: seen.guest,
                    hasEndedTask: hasEndedTask,
                    absence: absentSince.map { now - $0 } ?? .zero,
                    sinceLost: now - start,
                    sinceIntent: now - intent,
                    mayBeUnderWay: loss.mayBeUnderWay
                )
                finding.decision = Reconciliation(of: lost.write, evidence, settle: patience)
                // Tasks are looked at once in the beginning, and before it is sent again.
                if finding.decision == .sendAgain || finding.decision == .lookAgain && isFirstLook,
                    case .power(let action) = lost.write.action
                {
                    finding.decision = .lookAgain
                    if let tasks = try? await tasks(action, lost) {
                        finding.taskID = tasks.running
                        evidence.hasRunningTask = tasks.running != nil
                        // What a task did that has just ended, the guest shows from now on.
                        if !tasks.hasEnded || hasEndedTask {
                            finding.decision = Reconciliation(of: lost.write, evidence, settle: patience)
                        }
                        hasEndedTask = hasEndedTask || tasks.hasEnded
                    }
                }
                isFirstLook = false
            }
            let isTooLate = clock.now - intent >= Reconciliation.youth
            let isUnwanted = lost.abandonment.isAbandoned && clock.now - start >= patience
            if finding.decision == .lookAgain, isTooLate || isUnwanted { finding.decision = .unknown }
            guard finding.decision == .lookAgain else { return finding }
        }
    }

    /// Sends a write until it is known what became of it.
    ///
    /// Throws `outcome_unknown` where that can't be known, and `cancelled` where it is known to have had no effect and
    /// nobody wants it any more.
    func carryOut<Value: Sendable>(
        _ lost: Case,
        ifDone: @Sendable (TaskID?) -> Value,
        onLoss: @Sendable (VMMError) -> Void,
        _ send: @Sendable () async throws(VMMError) -> Value
    ) async throws(ScriptError) -> Value {
        let intent = clock.now
        let write = lost.write
        var earlierLoss: VMMError?
        var tries = 0
        while true {
            tries += 1
            let loss: VMMError
            do throws(VMMError) {
                return try await send()
            } catch {
                if let earlierLoss, error.code == .wrongState {
                    // What refuses the second may well be that the first is in force, and a NAS that has forgotten its task
                    // can't say so: the guest will.
                    let finding = await finding(of: lost, after: earlierLoss, intent: intent, patience: settle * 6)
                    guard finding.decision == .done else { throw Self.unknown(write, finding, earlierLoss) }
                    return ifDone(finding.taskID)
                }
                if error.code == .outcomeUnknown {
                    loss = error
                    onLoss(loss)
                } else if let earlierLoss, [.busy, .unreachable].contains(error.code) {
                    // This try did nothing; what became of the earlier one is still the question.
                    loss = earlierLoss
                } else if let earlierLoss, write.action == .power(.shutdown) {
                    // Refused now; but nothing proves that the guest was not asked before.
                    throw Self.unknown(write, Finding(decision: .unknown), earlierLoss)
                } else {
                    throw ScriptError(error, about: write.before.id, name: write.before.name)
                }
            }
            let finding = await finding(of: lost, after: loss, intent: intent, patience: settle)
            switch finding.decision {
            case .done: return ifDone(finding.taskID)
            case .sendAgain where lost.abandonment.isAbandoned:
                // A guest may take its time over a shutdown, or ignore it: nothing proves that it was not asked.
                if write.action == .power(.shutdown) { throw Self.unknown(write, finding, loss) }
                throw ScriptError(.cancelled, "cancelled")
            case .sendAgain where tries < Self.maximumTries: earlierLoss = loss
            case .sendAgain, .lookAgain, .unknown: throw Self.unknown(write, finding, loss)
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
    }

    /// What the next list shows; nil where the NAS can't be read.
    private func look(at lost: Case, since start: Timestamp, deadline: Timestamp) async -> Sight? {
        let id = lost.write.before.id
        let interest = WaitingRoom.Interest(operation: lost.operation, guest: id, start: start, deadline: deadline)
        guard case .seen(let guest, _)? = try? await room.news(for: interest) else { return nil }
        guard guest == nil else { return Sight(guest: guest) }
        do throws(VMMError) {
            // A list without any guest may be one that isn't ready: what the NAS says of this one counts then.
            guard try await manager.guests().isEmpty else { return Sight() }
            let guest = try await manager.guest(id, additional: [])
            // What is said of another guest is no news of this one.
            return guest.id == id ? Sight(guest: guest) : nil
        } catch {
            return [.notFound, .badArgument].contains(error.code) ? Sight() : nil
        }
    }

    /// The task that does what was asked, and whether one has ended that this run doesn't know.
    private func tasks(_ action: PowerAction, _ lost: Case) async throws(VMMError) -> (running: TaskID?, hasEnded: Bool)
    {
        do throws(VMMError) {
            var hasEnded = false
            for id in try await manager.tasks().reversed() where !lost.knownTasks.contains(id) {
                guard let report = try await manager.taskIfKnown(id), report.guestID == lost.write.before.id,
                    report.operation.flatMap(PowerAction.init(word:)) == action
                else { continue }
                if report.status == .running { return (id, false) }
                // One that failed did nothing.
                if report.status == .completed { hasEnded = true }
            }
            return (nil, hasEnded)
        } catch {
            guard error.code == .unsupported else { throw error }
            return (nil, false)
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
