import VirtualMachines

extension Cluster {
    /// One task as it stands now.
    ///
    /// Throws `notFound`, also for one that was cleared.
    public func task(_ id: TaskID) throws(VMMError) -> TaskReport {
        try simulatedTask(id).report(at: now)
    }

    /// The ids of all tasks that weren't cleared, oldest first.
    public var taskIDs: [TaskID] {
        tasks.values.filter { !$0.isForgotten }.sorted { $0.number < $1.number }.map(\.id)
    }

    /// Forgets a task.
    ///
    /// Throws `wrongState` while it runs.
    public mutating func clearTask(_ id: TaskID) throws(VMMError) {
        let task = try simulatedTask(id)
        guard task.status != .running else {
            throw VMMError(.wrongState, "\(id) still runs; only a task that has ended can be cleared")
        }
        tasks[task.number] = nil
    }

    /// Forgets all tasks, as a restart of the NAS does; what they began goes on.
    public mutating func forgetTasks() {
        tasks = tasks.filter { $0.value.status == .running }
        for number in tasks.keys { tasks[number]?.isForgotten = true }
    }

    private func simulatedTask(_ id: TaskID) throws(VMMError) -> SimulatedTask {
        let prefix = "task_"
        guard id.rawValue.hasPrefix(prefix), let number = Int(id.rawValue.dropFirst(prefix.count)),
            let task = tasks[number], task.id == id, !task.isForgotten
        else {
            throw VMMError(.notFound, "no task has the id '\(id)'")
        }
        return task
    }
}
