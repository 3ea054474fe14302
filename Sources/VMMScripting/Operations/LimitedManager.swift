import Synchronization
import VirtualMachines

/// What the requests of a run go to, each with a limit of its own on how many are under way.
enum RequestTarget: Hashable, Sendable {
    case manager
    case network

    /// So many a run has under way at a time; further ones wait, first in, first out.
    static let limit = 64
}

/// A manager that is asked no more than so much at a time.
struct LimitedManager: VirtualMachineManager {
    let manager: any VirtualMachineManager
    let turns: Turns<RequestTarget>

    private func inTurn<Value>(_ request: () async throws(VMMError) -> Value) async throws(VMMError) -> Value {
        do throws(ScriptError) { try await turns.take(.manager) } catch { throw VMMError(.cancelled, "cancelled") }
        defer { turns.give(.manager) }
        return try await request()
    }

    func guests() async throws(VMMError) -> [Guest] {
        try await inTurn { () async throws(VMMError) in try await manager.guests() }
    }

    func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] {
        try await inTurn { () async throws(VMMError) in try await manager.guests(selection) }
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try await inTurn { () async throws(VMMError) in try await manager.guest(id, additional: additional) }
    }

    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        try await inTurn { () async throws(VMMError) in try await manager.inventory(kind) }
    }

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try await inTurn { () async throws(VMMError) in try await manager.powerOn(id) }
    }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try await inTurn { () async throws(VMMError) in try await manager.shutdown(id) }
    }

    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try await inTurn { () async throws(VMMError) in try await manager.powerOff(id, force: force) }
    }

    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try await inTurn { () async throws(VMMError) in try await manager.set(id, settings) }
    }

    func delete(_ id: GuestID) async throws(VMMError) {
        try await inTurn { () async throws(VMMError) in try await manager.delete(id) }
    }

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        try await inTurn { () async throws(VMMError) in try await manager.task(id) }
    }

    func tasks() async throws(VMMError) -> [TaskID] {
        try await inTurn { () async throws(VMMError) in try await manager.tasks() }
    }

    func clearTask(_ id: TaskID) async throws(VMMError) {
        try await inTurn { () async throws(VMMError) in try await manager.clearTask(id) }
    }

    var nextChange: Timestamp? { manager.nextChange }

    func connect() async throws(VMMError) { try await manager.connect() }

    func close() async { await manager.close() }
}

/// The place of a write among the requests under way: taken before the write is noted, and given back with its answer.
final class RequestPlace: Sendable {
    private let turns: Turns<RequestTarget>
    private let isHeld: Mutex<Bool>

    /// A place that is held already.
    private init(_ turns: Turns<RequestTarget>) {
        self.turns = turns
        isHeld = Mutex(true)
    }

    /// Waits for a place.
    ///
    /// Throws `cancelled` as soon as the caller's task is.
    static func take(of turns: Turns<RequestTarget>) async throws(ScriptError) -> RequestPlace {
        try await turns.take(.manager)
        return RequestPlace(turns)
    }

    /// Makes a request in the place, which is taken again for one that is repeated.
    func use<Value>(_ request: () async throws(VMMError) -> Value) async throws(VMMError) -> Value {
        if !isHeld.withLock(\.self) {
            do throws(ScriptError) { try await turns.take(.manager) } catch { throw VMMError(.cancelled, "cancelled") }
            isHeld.withLock { $0 = true }
        }
        defer { giveBack() }
        return try await request()
    }

    /// Gives the place back, if it is held.
    func giveBack() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        if wasHeld { turns.give(.manager) }
    }
}
