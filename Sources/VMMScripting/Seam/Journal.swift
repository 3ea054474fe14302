import VirtualMachines

/// Remembers what a run asked and what it was told, so that a run can be resumed.
public protocol Journal: Sendable {
    /// The answer that the run was given before, if it was; the operation isn't made again then.
    func recordedAnswer(to operation: Operation) async throws(ScriptError) -> Result<Answer, ScriptError>?

    /// Notes a write before it leaves; `guest` is what the script's reference resolved to. It isn't sent if this throws.
    func noteIntent(of operation: Operation, guest: Guest?, at time: Timestamp) async throws(ScriptError)

    /// Notes that a result, the `number`th of the run, reaches its task now.
    func noteDelivery(_ number: Int, of operation: OperationID, result: Result<Answer, ScriptError>, at time: Timestamp)
}

/// A journal of nothing, for runs that can't be resumed.
public struct NoJournal: Journal {
    /// A journal of nothing.
    public init() {}

    /// Nothing was answered before.
    public func recordedAnswer(to operation: Operation) async throws(ScriptError) -> Result<Answer, ScriptError>? {
        nil
    }

    /// Forgets it.
    public func noteIntent(of operation: Operation, guest: Guest?, at time: Timestamp) async throws(ScriptError) {}

    /// Forgets it.
    public func noteDelivery(
        _ number: Int,
        of operation: OperationID,
        result: Result<Answer, ScriptError>,
        at time: Timestamp
    ) {}
}
