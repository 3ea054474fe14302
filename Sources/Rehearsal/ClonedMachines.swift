import SimulatedVMM
import Synchronization
import VirtualMachines

/// The guests of a clone, and on request what only the original has.
///
/// The original is asked for details of a guest that its list leaves out, for its earlier tasks, and for inventories that the
/// clone lacks. Answers are kept, so that each is asked for once.
final class ClonedMachines: VirtualMachineManager {
    private let clone: SimulatedManager
    private let original: any VirtualMachineManager
    private let state = Mutex(State())

    private struct State {
        var callCount = 0
        var details: [DetailKey: JSONObject] = [:]
        var taskIDs: [TaskID]?
        var tasks: [TaskID: TaskReport] = [:]
    }

    private struct DetailKey: Hashable {
        var guest: GuestID
        var details: Set<GuestDetail>
    }

    init(_ clone: SimulatedManager, of original: any VirtualMachineManager) {
        self.clone = clone
        self.original = original
    }

    /// Whether no call to the original is under way; virtual time must stand still during one.
    var isQuiet: Bool { state.withLock { $0.callCount == 0 } }

    private func ask<Answer: Sendable>(
        _ body: (any VirtualMachineManager) async throws(VMMError) -> Answer
    ) async throws(VMMError) -> Answer {
        state.withLock { $0.callCount += 1 }
        defer { state.withLock { $0.callCount -= 1 } }
        return try await body(original)
    }

    // MARK: Reads

    var nextChange: Timestamp? { clone.nextChange }

    func guests() async throws(VMMError) -> [Guest] { try await clone.guests() }

    func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] { try await clone.guests(selection) }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        var guest = try await clone.guest(id, additional: [])
        guard !additional.isEmpty else { return guest }
        let details = try await details(of: id, additional)
        for detail in GuestDetail.allCases where additional.contains(detail) {
            guest.extra[detail.rawValue] = details[detail.rawValue]
        }
        return guest
    }

    private func details(of id: GuestID, _ details: Set<GuestDetail>) async throws(VMMError) -> JSONObject {
        let key = DetailKey(guest: id, details: details)
        if let known = state.withLock({ $0.details[key] }) { return known }
        let extra = try await ask { (original) throws(VMMError) in
            try await original.guest(id, additional: details).extra
        }
        state.withLock { $0.details[key] = extra }
        return extra
    }

    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        let isTold = try clone.cluster.withCluster { (cluster) throws(VMMError) in cluster.toldInventory[kind] != nil }
        guard !isTold else { return try await clone.inventory(kind) }
        return try await ask { (original) throws(VMMError) in try await original.inventory(kind) }
    }

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        if let own = try await clone.taskIfKnown(id) { return own }
        if let known = state.withLock({ $0.tasks[id] }) { return known }
        var task = try await ask { (original) throws(VMMError) in try await original.task(id) }
        // The clone's guests have arrived already, so their tasks have ended.
        if task.status == .running { (task.status, task.progress) = (.completed, task.progress.map { _ in 100 }) }
        state.withLock { [task] in $0.tasks[id] = task }
        return task
    }

    func tasks() async throws(VMMError) -> [TaskID] {
        try await earlierTasks() + (try await clone.tasks())
    }

    private func earlierTasks() async throws(VMMError) -> [TaskID] {
        if let known = state.withLock({ $0.taskIDs }) { return known }
        let ids = try await ask { (original) throws(VMMError) in try await original.tasks() }
        state.withLock { $0.taskIDs = ids }
        return ids
    }

    // MARK: Writes

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer { try await clone.powerOn(id) }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer { try await clone.shutdown(id) }

    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try await clone.powerOff(id, force: force)
    }

    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) { try await clone.set(id, settings) }

    func delete(_ id: GuestID) async throws(VMMError) { try await clone.delete(id) }

    func clearTask(_ id: TaskID) async throws(VMMError) { try await clone.clearTask(id) }

    // MARK: Life

    func connect() async throws(VMMError) {}

    /// Leaves the original open: its owner closes it.
    func close() async {}
}
