import VirtualMachines

/// Shows machines as a client of a NAS sees them in one dialect: the dialect's words, and its error numbers.
///
/// A call that ``SynologyClient`` can't send is refused here in the same words. A refusal of the machines becomes the NAS's
/// refusal, with API, method and number; an error of a NAS passes unchanged.
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
    public func guests() async throws(VMMError) -> [Guest] { try await guests(.all) }

    /// Those of all guests that are asked for.
    public func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] {
        try await machines.guests(selection).map(dialect.portray)
    }

    /// One guest.
    public func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        let call = try dialect.get(.id(id), additional: additional)
        var guest: Guest
        do throws(VMMError) {
            guest = dialect.portray(try await machines.guest(id, additional: additional))
        } catch {
            throw refusal(error, of: call)
        }
        dialect.narrowToGet(&guest)
        return guest
    }

    /// What there is of that kind.
    public func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        _ = try dialect.inventory(kind)
        return try await machines.inventory(kind)
    }

    /// One task.
    public func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        let call = try dialect.task(id)
        do throws(VMMError) {
            return dialect.portray(try await machines.task(id))
        } catch {
            throw refusal(error, of: call)
        }
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
        try await power(.powerOn, id, force: false) { () async throws(VMMError) in try await machines.powerOn(id) }
    }

    /// Asks a guest to shut itself down.
    public func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try await power(.shutdown, id, force: false) { () async throws(VMMError) in try await machines.shutdown(id) }
    }

    /// Turns a guest off.
    public func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try await power(.powerOff, id, force: force) { () async throws(VMMError) in
            try await machines.powerOff(id, force: force)
        }
    }

    private func power(
        _ action: PowerAction,
        _ id: GuestID,
        force: Bool,
        _ body: () async throws(VMMError) -> PowerAnswer
    ) async throws(VMMError) -> PowerAnswer {
        let call = try dialect.power(action, id, force: force)
        do throws(VMMError) {
            return try await body()
        } catch {
            let status = (try? await machines.guest(id, additional: []))?.status
            let refusal = refusal(error, of: call, action, in: status)
            if let settled = call.settled, settled.code == refusal.apiCode { return settled.answer }
            throw refusal
        }
    }

    /// Changes a guest's settings.
    public func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        let call = try dialect.set(id, settings)
        do throws(VMMError) { try await machines.set(id, settings) } catch { throw refusal(error, of: call) }
    }

    /// Deletes a guest.
    public func delete(_ id: GuestID) async throws(VMMError) {
        let call = try dialect.delete(id)
        do throws(VMMError) { try await machines.delete(id) } catch { throw refusal(error, of: call) }
    }

    /// Forgets a task that has ended.
    public func clearTask(_ id: TaskID) async throws(VMMError) {
        let call = try dialect.clearTask(id)
        do throws(VMMError) { try await machines.clearTask(id) } catch { throw refusal(error, of: call) }
    }

    /// The NAS's refusal of `call` for the machines' error; other errors, and those of a NAS, are returned unchanged.
    private func refusal<Answer>(
        _ error: VMMError,
        of call: WebAPICall<Answer>,
        _ action: PowerAction? = nil,
        in status: GuestStatus? = nil
    ) -> VMMError {
        let refusals: Set<VMMError.Code> = [
            .badArgument, .notFound, .ambiguous, .wrongState, .nameConflict, .insufficientResources,
        ]
        guard error.api == nil, refusals.contains(error.code) else { return error }
        return call.refusal(dialect.number(for: error, of: action, in: status), by: "the NAS")
    }

    // MARK: Life

    /// As the machines do.
    public func connect() async throws(VMMError) { try await machines.connect() }

    /// As the machines do.
    public func close() async { await machines.close() }
}
