import VirtualMachines

/// A power action of a simulated cluster, from its acceptance until it is cleared.
struct SimulatedTask: Sendable {
    /// How an active task will end when its time is over.
    enum Ending: Sendable, Equatable {
        case reaches(GuestStatus)
        case fails(String)
    }

    let number: Int
    let guestID: GuestID
    let action: PowerAction
    let start: Timestamp
    let end: Timestamp
    let ending: Ending
    var status = TaskStatus.running
    var failure: String?
    /// Whether nobody can ask for it any more, though it goes on.
    var isForgotten = false
    /// Percent done when it ended.
    var finalProgress: Int?

    var id: TaskID { TaskID(number: number) }

    func report(at now: Timestamp) -> TaskReport {
        TaskReport(
            id: id,
            status: status,
            progress: finalProgress ?? progress(at: now),
            operation: action.rawValue,
            guestID: guestID,
            failure: failure
        )
    }

    /// Percent done while it runs: it says 100 only when it is completed.
    func progress(at now: Timestamp) -> Int {
        guard end > start else { return 99 }
        return Int(min(99, max(0, (now - start) / (end - start) * 100)))
    }
}

extension TaskID {
    init(number: Int) {
        self.init(rawValue: "task_\(number)")
    }
}
