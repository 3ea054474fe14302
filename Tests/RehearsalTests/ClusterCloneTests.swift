import SimulatedVMM
import Synchronization
import Testing
import VMMScripting
import VirtualMachines

@testable import Rehearsal

/// How a cluster is taken over from what a NAS tells.
@Suite struct ClusterCloneTests {
    private let now = Timestamp(sinceEpoch: .seconds(1_000))

    private func clone(of cluster: Cluster, view: GuestView = .full) async throws -> ClusterClone {
        let clock = VirtualClock(start: now)
        return try await ClusterClone(
            of: SimulatedManager(cluster, clock: clock, view: view),
            timings: Timings(),
            now: now
        )
    }

    @Test func `guests and hosts are as they were, each guest on its host`() async throws {
        let original = Cluster.standard(guestCount: 45)
        let clone = try await clone(of: original)
        #expect(clone.remarks.isEmpty)
        #expect(clone.cluster.guests.map(\.guest.name) == original.guests.map(\.guest.name))
        #expect(clone.cluster.guests.map(\.host) == original.guests.map(\.host))
        #expect(clone.cluster.hosts.map(\.memoryCapacityMB) == original.hosts.map(\.memoryCapacityMB))
        for kind in [Inventory.storages, .networks, .images] {
            #expect(clone.cluster.inventory(kind) == original.inventory(kind))
        }
    }

    @Test func `where nobody tells which guest is on which host, they share one`() async throws {
        let clone = try await clone(of: .standard(guestCount: 45), view: .documented)
        #expect(clone.cluster.hosts.count == 1)
        #expect(clone.remarks == [.sharedRoom])
    }

    @Test func `a guest on its way is taken to arrive, and that is said`() {
        let guests = [
            Guest(id: "a", name: "up", status: .booting, vcpuCount: 1, memoryMB: 1),
            Guest(id: "b", name: "down", status: .shuttingDown, vcpuCount: 1, memoryMB: 1),
            Guest(id: "c", name: "still", status: .crashed, vcpuCount: 1, memoryMB: 1),
        ]
        let clone = ClusterClone(guests: guests, [:], timings: Timings(), now: now)
        #expect(clone.cluster.guests.map(\.guest.status) == [.running, .stopped, .crashed])
        #expect(
            clone.remarks == [
                .arrival(guest: "up", from: .booting, to: .running),
                .arrival(guest: "down", from: .shuttingDown, to: .stopped), .unknownRoom,
            ]
        )
    }

    @Test func `a guest of which nobody knows how it stands is taken to be paused, and that is said where it matters`()
        async throws
    {
        let guests = [Guest(id: "a", name: "lab", status: .unknown, vcpuCount: 1, memoryMB: 1)]
        let clone = ClusterClone(guests: guests, [:], timings: Timings(), now: now)
        var rehearsal = Rehearsal(clone.cluster)
        rehearsal.configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
        let run = await rehearsal.run(
            "print(pcall(vmm.shutdown, 'lab')) vmm.wait_task(vmm.power_off('lab', { force = true }))",
            named: "test.lua"
        )
        #expect(run.error == nil)
        #expect(run.output.hasPrefix("false"))
        #expect(clone.remarks(on: run).last == .status(guest: "lab", .paused))
        #expect(clone.remarks(on: await rehearsal.run("vmm.list()", named: "test.lua")).isEmpty)
    }

    @Test(arguments: [
        ("vmm.list() flow.stop('web-1')", false), ("flow.start('backup')", true), ("vmm.hosts()", true),
        ("vmm.set('backup', { vram_size = 8192 })", true), ("vmm.set('backup', { vram_size = 512 })", false),
        ("pcall(vmm.set, 'backup', { vcpu_num = 1000 })", true),
    ])
    func `that the hosts count as one is said where it matters`(_ source: String, _ matters: Bool) async throws {
        let clone = try await clone(of: .standard(guestCount: 45), view: .documented)
        var rehearsal = Rehearsal(clone.cluster)
        rehearsal.configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
        let run = await rehearsal.run(source, named: "test.lua")
        #expect(run.error == nil)
        #expect(clone.remarks(on: run).contains(.sharedRoom) == matters)
    }

    @Test func `a host keeps what it takes for itself, and lets guests have more than there is where it does now`() {
        let told: JSONObject = [
            "host_name": "nas", "maker": "S", "total_cpu_core": 4, "free_cpu_core": 3, "total_ram_size": 16_384,
            "free_ram_size": 3_000,
        ]
        let guests = [
            Guest(id: "a", name: "up", status: .running, vcpuCount: 6, memoryMB: 8_192, hostName: "nas"),
            Guest(id: "b", name: "down", status: .stopped, vcpuCount: 1, memoryMB: 3_001, hostName: "nas"),
        ]
        var cluster = ClusterClone(guests: guests, [.hosts: [told]], timings: Timings(), now: now).cluster
        #expect(cluster.inventory(.hosts) == [told])
        #expect(throws: VMMError.self) { try cluster.power(.powerOn, "b") }
        #expect(throws: Never.self) { try cluster.set("b", GuestSettings(memoryMB: 3_000)) }
        #expect(throws: Never.self) { try cluster.power(.powerOn, "b") }
        #expect(cluster.inventory(.hosts).first?["free_ram_size"] == 0)
        #expect(cluster.inventory(.hosts).first?["free_cpu_core"] == 2)
    }

    @Test func `an inventory that the account may not read is refused in the plan as in the run`() async throws {
        let clock = VirtualClock(start: now)
        let original = DenyingManager(SimulatedManager(.standard(), clock: clock, view: .full))
        let clone = try await ClusterClone(of: original, timings: Timings(), now: now)
        var rehearsal = Rehearsal(clone.cluster)
        rehearsal.original = original
        let run = await rehearsal.run(
            "print(select(2, pcall(vmm.networks)).kind, #vmm.storages())",
            named: "test.lua"
        )
        #expect(run.output == "access_denied\t1\n")
    }

    @Test func `what a list doesn't tell is read from the original once, and tasks from before have ended`()
        async throws
    {
        var cluster = Cluster.standard(now: now)
        let details = try cluster.guest(named: "web-1").details
        _ = try cluster.power(.shutdown, try cluster.guest(named: "mail").guest.id)
        let original = DenyingManager(SimulatedManager(cluster, clock: VirtualClock(start: now), view: .full))
        let clone = try await ClusterClone(of: original, timings: Timings(), now: now)
        var rehearsal = Rehearsal(clone.cluster, givesTasks: true)
        rehearsal.original = original
        let run = await rehearsal.run(
            """
            for _ = 1, 3 do print(vmm.get("web-1", { additional = { "network" } }).network[1].mac) end
            local task = vmm.shutdown("dns")
            for _, t in ipairs(vmm.tasks()) do print(t.guest_name, t.status, t.task_id == task.task_id) end
            """,
            named: "test.lua"
        )
        guard case .array(let interfaces)? = details["network"], case .string(let mac)? = interfaces.first?["mac"]
        else {
            throw VMMError(.badAnswer, "no mac")
        }
        #expect(run.output == "\(mac)\n\(mac)\n\(mac)\nmail\tcompleted\tfalse\ndns\trunning\ttrue\n")
        #expect(original.detailCount == 1)
        #expect(run.assumptions.contains(.tasks))
    }

    @Test func `a guest of unknown size needs nothing of its host, and that is said where it matters`() async throws {
        let guests = [
            Guest(id: "a", name: "odd", status: .stopped, vcpuCount: nil, memoryMB: nil),
            Guest(id: "b", name: "even", status: .running, vcpuCount: 1, memoryMB: 1),
        ]
        let clone = ClusterClone(guests: guests, [:], timings: Timings(), now: now)
        var rehearsal = Rehearsal(clone.cluster)
        rehearsal.configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
        let run = await rehearsal.run("vmm.wait_task(vmm.power_on('odd'))", named: "test.lua")
        #expect(run.error == nil)
        #expect(clone.remarks(on: run).last == .size(guest: "odd"))
        #expect(clone.remarks(on: await rehearsal.run("vmm.get('even')", named: "test.lua")).isEmpty)
    }

    @Test(arguments: [Int64.max, .min, -1, 1 << 40])
    func `a host that tells what no host has is not reckoned with`(_ number: Int64) {
        let hosts: [JSONObject] = ["a", "b"]
            .map { name in
                ["host_name": .string(name), "total_cpu_core": .integer(number), "total_ram_size": .integer(number)]
            }
        let guests = [Guest(id: "a", name: "a", status: .running, vcpuCount: 65_535, memoryMB: 1 << 31)]
        let clone = ClusterClone(guests: guests, [.hosts: hosts], timings: Timings(), now: now)
        // Then nothing is known of hosts: there is one, with room for anything.
        #expect(clone.cluster.hosts.count == 1 && clone.cluster.hosts[0].memoryCapacityMB == .max)
    }

    @Test func `guests and hosts of which impossible numbers are told are cloned, and a plan can restart them`()
        async throws
    {
        let numbers: [Int] = [.max, .max - 1, .min, -1, 0, 1 << 62]
        for hostName in ["nas-1", nil] {
            for (cpus, memory) in numbers.flatMap({ cpus in numbers.map { (cpus, $0) } }) {
                let guests = (1...3)
                    .map { number in
                        Guest(
                            id: GuestID(rawValue: "\(number)"),
                            name: "web-\(number)",
                            status: .running,
                            vcpuCount: cpus,
                            memoryMB: memory,
                            hostName: hostName
                        )
                    }
                let hosts: [JSONObject] = ["nas-1", "nas-2"]
                    .map { name in
                        [
                            "host_name": .string(name), "total_cpu_core": .integer(Int64(cpus)),
                            "total_ram_size": .integer(Int64(memory)),
                        ]
                    }
                let clone = ClusterClone(guests: guests, [.hosts: hosts], timings: Timings(), now: now)
                var rehearsal = Rehearsal(clone.cluster)
                rehearsal.configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
                let run = await rehearsal.run(
                    "vmm.hosts() flow.rolling(vmm.list(), { batch = 2 }, flow.restart)",
                    named: "test.lua"
                )
                #expect(run.error == nil, "\(cpus) CPUs, \(memory) MB: \(run.error?.message ?? "")")
            }
        }
    }
}

/// Machines of which the account may not read the networks.
private final class DenyingManager: VirtualMachineManager {
    private let machines: SimulatedManager
    private let count = Atomic(0)

    init(_ machines: SimulatedManager) {
        self.machines = machines
    }

    /// How often details of a guest were asked for.
    var detailCount: Int { count.load(ordering: .relaxed) }

    func guests() async throws(VMMError) -> [Guest] { try await machines.guests() }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        if !additional.isEmpty { count.add(1, ordering: .relaxed) }
        return try await machines.guest(id, additional: additional)
    }

    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        if kind == .networks { throw VMMError(.accessDenied, "the account may not do this", apiCode: 105) }
        return try await machines.inventory(kind)
    }

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer { throw Self.touched }
    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer { throw Self.touched }
    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer { throw Self.touched }
    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) { throw Self.touched }
    func delete(_ id: GuestID) async throws(VMMError) { throw Self.touched }
    func clearTask(_ id: TaskID) async throws(VMMError) { throw Self.touched }

    private static let touched = VMMError(.badArgument, "a plan changes nothing")

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport { try await machines.task(id) }
    func tasks() async throws(VMMError) -> [TaskID] { try await machines.tasks() }
    func connect() async throws(VMMError) {}
    func close() async {}
}
