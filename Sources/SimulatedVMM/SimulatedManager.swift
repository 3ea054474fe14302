import VirtualMachines

/// The manager of a simulated cluster, in this process and without a network.
///
/// ```swift
/// let clock = VirtualClock()
/// let manager = SimulatedManager(.standard(), clock: clock)
/// let task = try await manager.shutdown(id)
/// clock.advance(by: .seconds(15))
/// ```
public final class SimulatedManager: VirtualMachineManager {
    /// The cluster; sharing it shares the guests.
    public let cluster: SimulatedCluster
    /// How much it tells of a guest.
    public let view: GuestView
    /// Whether a change of power is answered with the task that carries it out.
    public let givesTasks: Bool

    /// A manager of a cluster that others may share.
    public init(cluster: SimulatedCluster, view: GuestView = .documented, givesTasks: Bool = true) {
        self.cluster = cluster
        self.view = view
        self.givesTasks = givesTasks
    }

    /// A manager of a cluster of its own.
    public convenience init(_ cluster: Cluster, clock: any RunClock, view: GuestView = .documented) {
        self.init(cluster: SimulatedCluster(cluster, clock: clock), view: view)
    }

    // MARK: Reads

    /// When the next task ends or the next event comes.
    public var nextChange: Timestamp? {
        try? cluster.withCluster { cluster in cluster.nextMoment }
    }

    /// All guests.
    public func guests() async throws(VMMError) -> [Guest] {
        try await guests(.all)
    }

    /// Those of all guests that are asked for; the others cost nothing.
    public func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] {
        try await read { cluster in cluster.guests(selection, in: view) }
    }

    /// One guest.
    public func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try await read { (cluster) throws(VMMError) in
            cluster.report(try cluster.guest(id), additional: additional, in: view)
        }
    }

    /// One task.
    public func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        try await read { (cluster) throws(VMMError) in try cluster.task(id) }
    }

    /// The ids of all tasks that weren't cleared.
    public func tasks() async throws(VMMError) -> [TaskID] {
        try await read { cluster in cluster.taskIDs }
    }

    /// What there is of that kind, in the public dialect's field names.
    public func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        try await read { cluster in cluster.inventory(kind) }
    }

    // MARK: Writes

    /// Starts a guest.
    public func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try power(.powerOn, id)
    }

    /// Asks a guest to shut itself down.
    public func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try power(.shutdown, id)
    }

    /// Turns a guest off.
    public func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try power(.powerOff, id, force: force)
    }

    private func power(_ action: PowerAction, _ id: GuestID, force: Bool = false) throws(VMMError) -> PowerAnswer {
        try cluster.withCluster { (cluster) throws(VMMError) in
            let task = try cluster.power(action, id, force: force)
            return PowerAnswer(taskID: givesTasks ? task : nil)
        }
    }

    /// Changes a guest's settings.
    public func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try cluster.withCluster { (cluster) throws(VMMError) in try cluster.set(id, settings) }
    }

    /// Deletes a guest.
    public func delete(_ id: GuestID) async throws(VMMError) {
        try cluster.withCluster { (cluster) throws(VMMError) in try cluster.delete(id) }
    }

    /// Forgets a task that has ended.
    public func clearTask(_ id: TaskID) async throws(VMMError) {
        try cluster.withCluster { (cluster) throws(VMMError) in try cluster.clearTask(id) }
    }

    // MARK: Life

    /// Does nothing: there is nobody to log in to.
    public func connect() async throws(VMMError) {}

    /// Does nothing.
    public func close() async {}

    private func read<Result: Sendable>(
        _ body: @Sendable (inout Cluster) throws(VMMError) -> Result
    ) async throws(VMMError) -> Result {
        guard !Task.isCancelled else { throw VMMError(.cancelled, "the call was cancelled") }
        return try cluster.withCluster(body)
    }
}
