import VirtualMachines

/// Machines that are asked for no more than a dialect has words for, as a NAS is.
///
/// What ``SynologyClient`` refuses before anything is sent is refused here in the same words; all else passes.
public struct RestrictedManager: VirtualMachineManager {
    private let machines: any VirtualMachineManager
    private let dialect: any Dialect

    /// Restricts `machines` to a dialect.
    public init(_ machines: any VirtualMachineManager, to dialect: DialectName) {
        self.machines = machines
        self.dialect = dialect.dialect
    }

    // MARK: Reads

    /// All guests.
    public func guests() async throws(VMMError) -> [Guest] { try await machines.guests() }

    /// Those of all guests that are asked for.
    public func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] {
        try await machines.guests(selection)
    }

    /// One guest.
    public func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        _ = try dialect.get(.id(id), additional: additional)
        return try await machines.guest(id, additional: additional)
    }

    /// What there is of that kind.
    public func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        _ = try dialect.inventory(kind)
        return try await machines.inventory(kind)
    }

    /// One task.
    public func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        _ = try dialect.task(id)
        return try await machines.task(id)
    }

    /// The tasks' ids.
    public func tasks() async throws(VMMError) -> [TaskID] {
        _ = try dialect.tasks()
        return try await machines.tasks()
    }

    /// When the guests change next, where that is known.
    public var nextChange: Timestamp? { machines.nextChange }

    // MARK: Writes

    /// Starts a guest.
    public func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        _ = try dialect.power(.powerOn, id, force: false)
        return try await machines.powerOn(id)
    }

    /// Asks a guest to shut itself down.
    public func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        _ = try dialect.power(.shutdown, id, force: false)
        return try await machines.shutdown(id)
    }

    /// Turns a guest off.
    public func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        _ = try dialect.power(.powerOff, id, force: force)
        return try await machines.powerOff(id, force: force)
    }

    /// Changes a guest's settings.
    public func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        _ = try dialect.set(id, settings)
        try await machines.set(id, settings)
    }

    /// Deletes a guest.
    public func delete(_ id: GuestID) async throws(VMMError) {
        _ = try dialect.delete(id)
        try await machines.delete(id)
    }

    /// Forgets a task that has ended.
    public func clearTask(_ id: TaskID) async throws(VMMError) {
        _ = try dialect.clearTask(id)
        try await machines.clearTask(id)
    }

    // MARK: Life

    /// As the machines do.
    public func connect() async throws(VMMError) { try await machines.connect() }

    /// As the machines do.
    public func close() async { await machines.close() }
}
