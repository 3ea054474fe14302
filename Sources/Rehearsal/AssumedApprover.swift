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

/// Locks that nobody else has.
final class AssumedLocks: LockTable {
    private let local = LocalLocks()
    private let names = Mutex<[String]>([])

    /// The locks that were to be taken, each once, in the order of the first time.
    var asked: [String] { names.withLock(\.self) }

    func take(_ name: String, for holder: String) -> LockAttempt {
        names.withLock { if !$0.contains(name) { $0.append(name) } }
        return local.take(name, for: holder)
    }
}
