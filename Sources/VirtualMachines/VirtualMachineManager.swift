/// Whatever manages virtual machines: a NAS, or a simulation of one.
///
/// One call is one exchange. A write returns when it was accepted, not when it is done; ``task(_:)`` and
/// ``guest(_:additional:)`` tell how it went on. Every method throws ``VMMError``. A read that is cancelled throws
/// ``VMMError/Code/cancelled``; a write whose answer was lost throws ``VMMError/Code/outcomeUnknown``. Requests that are a
/// burden to the machines count in ``RequestTally/current``.
public protocol VirtualMachineManager: Sendable {
    /// All guests, each once, in no particular order.
    func guests() async throws(VMMError) -> [Guest]

    /// Those of all guests that are asked for, each once; a NAS is asked for all of them even so.
    func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest]

    /// One guest, with what `additional` names among ``Guest/extra``. Throws `notFound` for an unknown id.
    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest

    /// What there is of that kind, each as the NAS describes it, memory in MB. Throws `unsupported` where the dialect
    /// can't tell.
    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject]

    /// Starts a stopped guest. Throws `wrongState`, `insufficientResources`.
    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer

    /// Asks a running guest to shut itself down; it may ignore that.
    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer

    /// Turns a running guest off: `force` cuts its power, otherwise it is stopped in order or the task fails.
    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer

    /// Changes a guest's settings; what is nil stays. CPU and memory need a stopped guest, else `wrongState`.
    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError)

    /// Deletes a stopped guest for good.
    func delete(_ id: GuestID) async throws(VMMError)

    /// One task. Throws `notFound` for an unknown id: a NAS forgets tasks.
    func task(_ id: TaskID) async throws(VMMError) -> TaskReport

    /// The ids of the tasks that the NAS remembers.
    func tasks() async throws(VMMError) -> [TaskID]

    /// Makes the NAS forget a task that has ended.
    func clearTask(_ id: TaskID) async throws(VMMError)

    /// When the guests change next by themselves, where that is known beforehand: nobody needs to ask before.
    var nextChange: Timestamp? { get }

    /// Reaches the machines and logs in where that is needed; the other calls do so by themselves.
    func connect() async throws(VMMError)

    /// Logs out and lets go of all connections; no call may follow. Does not fail: it is what is done at the end.
    func close() async
}

extension VirtualMachineManager {
    /// Those of all guests that are asked for.
    public func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] {
        let all = try await guests()
        return selection == .all ? all : all.filter { selection.contains($0.id, in: $0.status) }
    }

    /// Not known.
    public var nextChange: Timestamp? { nil }

    /// One task; nil where it is forgotten, as a NAS does at the latest when it restarts.
    ///
    /// Throws `badAnswer` for a report on another task.
    public func taskIfKnown(_ id: TaskID) async throws(VMMError) -> TaskReport? {
        let report: TaskReport
        do throws(VMMError) {
            report = try await task(id)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        guard report.id == id else {
            throw VMMError(
                .badAnswer,
                "the answer about the task \(id) is about \(report.id)",
                hint: "this is not what Virtual Machine Manager is known to answer"
            )
        }
        return report
    }
}
