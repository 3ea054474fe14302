import SimulatedVMM
import VirtualMachines

/// A manager in front of a simulated one: it does as that one does, but for what it says itself.
protocol WrappedManager: VirtualMachineManager {
    var manager: SimulatedManager { get }
}

extension WrappedManager {
    func guests() async throws(VMMError) -> [Guest] { try await manager.guests() }
    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try await manager.guest(id, additional: additional)
    }
    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] { try await manager.inventory(kind) }
    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer { try await manager.powerOn(id) }
    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer { try await manager.shutdown(id) }
    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try await manager.powerOff(id, force: force)
    }
    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) { try await manager.set(id, settings) }
    func delete(_ id: GuestID) async throws(VMMError) { try await manager.delete(id) }
    func task(_ id: TaskID) async throws(VMMError) -> TaskReport { try await manager.task(id) }
    func tasks() async throws(VMMError) -> [TaskID] { try await manager.tasks() }
    func clearTask(_ id: TaskID) async throws(VMMError) { try await manager.clearTask(id) }
    func connect() async throws(VMMError) {}
    func close() async {}
}
