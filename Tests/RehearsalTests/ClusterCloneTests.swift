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
        #expect(clone.remarks(on: await rehearsal.run("vmm.get('even')", named: "test.lua")) == [.sharedRoom])
    }

    @Test(arguments: [Int64.max, .min, -1, 1 << 40])
    func `a host that tells what no host has is not reckoned with`(_ number: Int64) {
        let hosts: [JSONObject] = ["a", "b"]
            .map { name in
                ["host_name": .string(name), "total_cpu_core": .integer(number), "total_ram_size": .integer(number)]
            }
        let guests = [Guest(id: "a", name: "a", status: .running, vcpuCount: 65_535, memoryMB: 1 << 31)]
        let clone = ClusterClone(guests: guests, [.hosts: hosts], timings: Timings(), now: now)
        #expect(clone.cluster.hosts.count == 1 && clone.remarks == [.sharedRoom])
    }
}
