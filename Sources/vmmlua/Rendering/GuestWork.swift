import VMMScripting
import VirtualMachines

/// What is being done to one guest.
struct GuestWork: Sendable {
    /// An operation that has begun and not ended.
    struct OpenOperation: Sendable {
        var report: OperationReport
        /// How far it is, where the NAS tells.
        var percent: Int?
        /// Whether its answer is missing.
        var isAnswerLost = false
        /// Whether the NAS has refused it for now, and is asked again.
        var isPostponed = false
    }

    /// What matters most of it at the moment.
    struct Activity: Sendable, Equatable {
        /// Such as `shutting down`.
        let words: String
        let since: Timestamp
        var percent: Int?
    }

    /// Counts the guests in the order in which work on them was begun.
    let number: Int
    /// Outermost first.
    var steps: [StepReport] = []
    /// In the order in which they were begun.
    var operations: [OpenOperation] = []
    /// The change of power that the NAS accepted and whose end wasn't seen yet.
    var power: (task: PowerTask, since: Timestamp)?

    /// Whether nothing is under way any more.
    var isOver: Bool { steps.isEmpty && operations.isEmpty && power == nil }

    /// Nil when all is over.
    var activity: Activity? {
        if let lost = operations.first(where: \.isAnswerLost) {
            return Activity(words: "no answer; finding out what became of it", since: lost.report.start)
        }
        if let postponed = operations.first(where: \.isPostponed) {
            return Activity(words: "refused for now; asking again", since: postponed.report.start)
        }
        if let power {
            let percent = operations.lazy.compactMap(\.percent).first
            return Activity(words: power.task.action.words, since: power.since, percent: percent)
        }
        if let operation = operations.first {
            return Activity(
                words: operation.report.words,
                since: operation.report.start,
                percent: operation.percent
            )
        }
        return steps.last.map { Activity(words: $0.name.escapingControls, since: $0.start) }
    }
}

extension OperationReport {
    /// What is done meanwhile, for the operations of this program; the name of any other.
    fileprivate var words: String {
        switch name {
        case "vmm.power_on": PowerAction.powerOn.words
        case "vmm.shutdown": PowerAction.shutdown.words
        case "vmm.power_off": PowerAction.powerOff.words
        case "vmm.set": "changing its settings"
        case "vmm.delete": "deleting"
        case "vmm.wait_task", "vmm.wait_status": "waiting"
        default: name.escapingControls
        }
    }
}

extension PowerAction {
    /// What is done meanwhile.
    var words: String {
        switch self {
        case .powerOn: "powering on"
        case .shutdown: "shutting down"
        case .powerOff: "powering off"
        }
    }
}
