import VMMScripting
import VirtualMachines

extension RehearsedRun {
    /// What the script saw or used that differs on a NAS.
    ///
    /// `seed` is the one that the rehearsal chose; nil where the caller did. `measures` are fields that a NAS measures.
    func touched(seed: UInt64?, measures: Set<String>) -> [Assumption] {
        let readsGuests = events.contains { event in
            guard case .ended(_, .success(let answer)) = event else { return false }
            return switch answer {
            case .guest, .change: true
            default: false
            }
        }
        let listsGuests = hasDone("vmm.list")
        let hasMeasures = before.guests.contains { guest in
            guest.guest.extra.members.contains { measures.contains($0.key) }
        }
        var assumptions: [Assumption] = []
        if hasSeenTasks { assumptions.append(.tasks) }
        if hasMeasures, readsGuests || listsGuests { assumptions.append(.usage) }
        if readsClock { assumptions.append(.clock) }
        if let seed, drawsNumbers { assumptions.append(.chance(seed: seed)) }
        return assumptions
    }

    /// Whether the run depended on the CPUs and memory that hosts have free.
    var dependsOnRoom: Bool {
        events.contains { event in
            guard case .ended(let report, let result) = event else { return false }
            return switch result {
            case .success(.task(let task)): task.action == .powerOn && task.changed
            case .success(.change(let before, let after?, true)):
                after.vcpuCount ?? 0 > before.vcpuCount ?? 0 || after.memoryMB ?? 0 > before.memoryMB ?? 0
            case .success: report.name == "vmm.hosts"
            case .failure(let error): error.kind == .insufficientResources
            }
        }
    }

    private func hasDone(_ name: String) -> Bool {
        events.contains { event in
            if case .ended(let report, .success) = event { report.name == name } else { false }
        }
    }

    private var hasSeenTasks: Bool {
        events.contains { event in
            guard case .ended(_, .success(let answer)) = event else { return false }
            return switch answer {
            case .tasks(let tasks, _): !tasks.isEmpty
            case .task(let task): task.id != nil
            default: false
            }
        }
    }
}
