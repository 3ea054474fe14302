import VirtualMachines

/// A manager of nothing, for a script that is only asked what arguments it takes.
struct NoMachines: VirtualMachineManager {
    private static let refusal = VMMError(.unsupported, "there are no machines here")

    func guests() async throws(VMMError) -> [Guest] { throw Self.refusal }
    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest { throw Self.refusal }
    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] { throw Self.refusal }
    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer { throw Self.refusal }
    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer { throw Self.refusal }
    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer { throw Self.refusal }
    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) { throw Self.refusal }
    func delete(_ id: GuestID) async throws(VMMError) { throw Self.refusal }
    func task(_ id: TaskID) async throws(VMMError) -> TaskReport { throw Self.refusal }
    func tasks() async throws(VMMError) -> [TaskID] { throw Self.refusal }
    func clearTask(_ id: TaskID) async throws(VMMError) { throw Self.refusal }
    func connect() async throws(VMMError) { throw Self.refusal }
    func close() async {}
}
