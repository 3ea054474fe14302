import SimulatedVMM
import Synchronization
import VirtualMachines

/// Guests on a NAS that is reached over real sockets, in a virtual time: each call and each answer is under way for a while.
///
/// Time must stand still while a call is at the NAS, as nobody knows how long that takes; ``isQuiet`` tells.
final class DistantManager: VirtualMachineManager {
    private let nas: any VirtualMachineManager
    private let clock: VirtualClock
    /// Where it is known when the guests change, nobody asks in between; nil where all who wait ask time and again.
    private let foreseen: SimulatedCluster?
    private let state: Mutex<State>

    private struct State {
        var callCount = 0
        var chance: SplitMix64
        /// When the guests were to change, at the time at which they were listed last.
        var change = Timestamp.distantFuture
    }

    init(_ nas: any VirtualMachineManager, clock: VirtualClock, foreseen: SimulatedCluster?, seed: UInt64) {
        self.nas = nas
        self.clock = clock
        self.foreseen = foreseen
        state = Mutex(State(chance: SplitMix64(state: seed)))
    }

    /// Whether no call is at the NAS: those who wait all wait for the clock.
    var isQuiet: Bool { state.withLock { $0.callCount == 0 } }

    var nextChange: Timestamp? {
        // A change while the list was on its way is one that nobody knows of.
        changeAtNAS.map { change in state.withLock { min($0.change, change) } }
    }

    private var changeAtNAS: Timestamp? {
        try? foreseen?.withCluster { (cluster) throws(VMMError) in cluster.nextMoment }
    }

    private func travel() async {
        let time = state.withLock { $0.chance.next() % 50 }
        // One that is cancelled arrives at once; the NAS's client sees to the rest.
        try? await clock.sleep(for: .milliseconds(5 + Int(time)))
    }

    private func call<Answer: Sendable>(
        _ body: () async throws(VMMError) -> Answer
    ) async throws(VMMError) -> Answer {
        await travel()
        state.withLock { $0.callCount += 1 }
        let answer: Result<Answer, VMMError>
        do throws(VMMError) { answer = .success(try await body()) } catch { answer = .failure(error) }
        state.withLock { $0.callCount -= 1 }
        await travel()
        return try answer.get()
    }

    func guests() async throws(VMMError) -> [Guest] {
        try await call { () async throws(VMMError) in
            let guests = try await nas.guests()
            if let change = changeAtNAS { state.withLock { $0.change = change } }
            return guests
        }
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try await call { () async throws(VMMError) in try await nas.guest(id, additional: additional) }
    }

    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        try await call { () async throws(VMMError) in try await nas.inventory(kind) }
    }

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try await call { () async throws(VMMError) in try await nas.powerOn(id) }
    }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try await call { () async throws(VMMError) in try await nas.shutdown(id) }
    }

    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try await call { () async throws(VMMError) in try await nas.powerOff(id, force: force) }
    }

    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try await call { () async throws(VMMError) in try await nas.set(id, settings) }
    }

    func delete(_ id: GuestID) async throws(VMMError) {
        try await call { () async throws(VMMError) in try await nas.delete(id) }
    }

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        try await call { () async throws(VMMError) in try await nas.task(id) }
    }

    func tasks() async throws(VMMError) -> [TaskID] {
        try await call { () async throws(VMMError) in try await nas.tasks() }
    }

    func clearTask(_ id: TaskID) async throws(VMMError) {
        try await call { () async throws(VMMError) in try await nas.clearTask(id) }
    }

    func connect() async throws(VMMError) {}

    func close() async {}
}
