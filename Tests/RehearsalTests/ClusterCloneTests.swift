import SimulatedVMM
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
                .arrival(guest: "down", from: .shuttingDown, to: .stopped), .sharedRoom,
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
        #expect(clone.remarks(on: await rehearsal.run("vmm.list()", named: "test.lua")).count == 1)
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
