import VirtualMachines

extension WebAPIService {
    /// `List`: the ids of all tasks.
    func listTasks() throws(WebAPIFailure) -> JSONValue {
        try onCluster { cluster in ["tasks": .array(cluster.taskIDs.map { .string($0.rawValue) })] }
    }

    /// `Get`: one task.
    func getTask(_ parameters: Parameters) throws(WebAPIFailure) -> JSONValue {
        let id = try taskID(in: parameters)
        let task = try onCluster { (cluster) throws(VMMError) in try cluster.task(id) }
        var answer: JSONObject = [
            "task_id": .string(task.id.rawValue),
            "status": .string(task.status.rawValue),
            "progress": .integer(Int64(task.progress ?? 0)),
            "operation": .string(task.operation ?? ""),
            "guest_id": .string(task.guestID?.rawValue ?? ""),
        ]
        if let failure = task.failure { answer["error"] = ["code": 401, "message": .string(failure)] }
        return .object(answer)
    }

    /// `Clear`: forgets a task that has ended.
    func clearTask(_ parameters: Parameters) throws(WebAPIFailure) -> JSONValue? {
        let id = try taskID(in: parameters)
        try onCluster { (cluster) throws(VMMError) in try cluster.clearTask(id) }
        return nil
    }

    private func taskID(in parameters: Parameters) throws(WebAPIFailure) -> TaskID {
        guard let id = parameters.text("taskid") ?? parameters.text("task_id") else {
            throw .invalidParameter("taskid")
        }
        return TaskID(rawValue: id)
    }
}
