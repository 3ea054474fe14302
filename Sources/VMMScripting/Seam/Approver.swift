import VirtualMachines

/// A person's answer to a script's question.
public struct Approval: Sendable, Hashable {
    /// Whether it is yes.
    public var isGiven: Bool
    /// Who answered, for the record.
    public var by: String

    /// An answer of somebody's.
    public init(isGiven: Bool, by: String) {
        self.isGiven = isGiven
        self.by = by
    }
}

/// Puts a script's questions to a person.
public protocol Approver: Sendable {
    /// Asks, and waits for the answer; after `deadline`, by the run's clock, nobody waits any more.
    ///
    /// The question is withdrawn when the task is cancelled: the answer is then no longer of interest.
    func approval(of question: String, until deadline: Timestamp?) async throws(CancellationError) -> Approval
}
