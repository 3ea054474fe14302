import Synchronization
import VMMScripting
import VirtualMachines

/// Asks nobody: every question is answered with yes, or every one with no.
final class AssumedApprover: Approver {
    private let isGiven: Bool
    private let questions = Mutex<[String]>([])

    init(isGiven: Bool) {
        self.isGiven = isGiven
    }

    /// What was to be asked, in order.
    var asked: [String] { questions.withLock(\.self) }

    func approval(of question: String, until deadline: Timestamp?) async -> Approval {
        questions.withLock { $0.append(question) }
        return Approval(isGiven: isGiven, by: "the plan")
    }
}
