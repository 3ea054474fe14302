import VirtualMachines

extension SynologyClient {
    /// One task.
    public func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        try await perform { (dialect) throws(VMMError) in try dialect.task(id) }
    }

    /// The ids of the tasks that the NAS remembers.
    public func tasks() async throws(VMMError) -> [TaskID] {
        try await perform { (dialect) throws(VMMError) in try dialect.tasks() }
    }

    /// Makes the NAS forget a task that has ended.
    public func clearTask(_ id: TaskID) async throws(VMMError) {
        try await perform { (dialect) throws(VMMError) in try dialect.clearTask(id) }
    }
}
