import SimulatedVMM
import VirtualMachines

/// The guests that a test has at the moment, with what goes wrong with calls.
final class TestMachines: VirtualMachineManager {
    private let bench: TestBench
    private let hasFaults: Bool

    /// Those of a bench; without faults for the test itself, which looks at them from outside.
    init(_ bench: TestBench, hasFaults: Bool) {
        self.bench = bench
        self.hasFaults = hasFaults
    }

    var nextChange: Timestamp? { bench.machines.nextChange }

    // MARK: Reads

    func guests() async throws(VMMError) -> [Guest] { try await guests(.all) }

    func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] {
        try fail(.list, nil)
        return try await bench.machines.guests(selection)
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try fail(.get, id)
        return try await bench.machines.guest(id, additional: additional)
    }

    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        try await bench.machines.inventory(kind)
    }

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport { try await bench.machines.task(id) }

    func tasks() async throws(VMMError) -> [TaskID] { try await bench.machines.tasks() }

    // MARK: Writes

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        guard let answer = try power(.powerOn, .powerOn, id) else { return try await bench.machines.powerOn(id) }
        return answer
    }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        guard let answer = try power(.shutdown, .shutdown, id) else { return try await bench.machines.shutdown(id) }
        return answer
    }

    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        guard let answer = try power(.powerOff, .powerOff, id, force: force) else {
            return try await bench.machines.powerOff(id, force: force)
        }
        return answer
    }

    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try fail(.set, id)
        try await bench.machines.set(id, settings)
    }

    func delete(_ id: GuestID) async throws(VMMError) {
        try fail(.delete, id)
        try await bench.machines.delete(id)
    }

    func clearTask(_ id: TaskID) async throws(VMMError) { try await bench.machines.clearTask(id) }

    // MARK: Life

    func connect() async throws(VMMError) {}

    func close() async {}

    // MARK: Faults

    private func fail(_ call: InjectedFault.Call, _ id: GuestID?) throws(VMMError) {
        let name = name(of: id)
        guard hasFaults, case .refusal(_, let code)? = bench.fault(on: call, guest: name)?.effect else { return }
        throw error(code, call, name)
    }

    /// The answer to a call whose task fails; nil where nothing goes wrong.
    private func power(
        _ action: PowerAction,
        _ call: InjectedFault.Call,
        _ id: GuestID,
        force: Bool = false
    ) throws(VMMError) -> PowerAnswer? {
        let name = name(of: id)
        guard hasFaults, let fault = bench.fault(on: call, guest: name) else { return nil }
        if case .refusal(_, let code) = fault.effect { throw error(code, call, name) }
        let task = try bench.machines.cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.power(action, id, force: force, failure: "sim.fault has it fail")
        }
        return PowerAnswer(taskID: task)
    }

    private func error(_ code: VMMError.Code, _ call: InjectedFault.Call, _ name: String?) -> VMMError {
        let what = name.map { "\(call.rawValue) of \($0)" } ?? call.rawValue
        return VMMError(code, "\(what) fails: \(code.rawValue), by sim.fault", guest: name)
    }

    private func name(of id: GuestID?) -> String? {
        guard let id else { return nil }
        return try? bench.machines.cluster.withCluster { (cluster) throws(VMMError) in try cluster.guest(id).guest.name
        }
    }
}
