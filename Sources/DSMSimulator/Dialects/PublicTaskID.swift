import VirtualMachines

/// A task's id as the public dialect spells it: `@administrators/virtualization_api_guest_task0000000000000001`.
struct PublicTaskID: Sendable, Equatable {
    let rawValue: String

    private static let prefix = "@administrators/virtualization_api_guest_task"
    private static let clusterPrefix = "task_"

    init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Spells the id of a cluster's task.
    init(_ id: TaskID) {
        let number = Int(id.rawValue.dropFirst(Self.clusterPrefix.count)) ?? 0
        let digits = String(number, radix: 16, uppercase: true)
        rawValue = Self.prefix + String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    }

    /// The cluster's task.
    ///
    /// Throws `notFound` for what isn't spelled like one.
    var taskID: TaskID {
        get throws(VMMError) {
            guard rawValue.hasPrefix(Self.prefix), let number = Int(rawValue.dropFirst(Self.prefix.count), radix: 16)
            else { throw VMMError(.notFound, "no task has the id '\(rawValue)'") }
            return TaskID(rawValue: "\(Self.clusterPrefix)\(number)")
        }
    }
}
