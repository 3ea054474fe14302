import SimulatedVMM
import Testing
import VirtualMachines

@Suite struct ClusterInventoryTests {
    @Test("a host says what its guests leave free, and those that come up count")
    func hosts() throws {
        var cluster = Cluster(
            hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 8, memoryCapacityMB: 8_192, id: "h1")],
            guests: [
                SimulatedGuest(Guest(id: "up", name: "web-1", status: .running, vcpuCount: 2, memoryMB: 2_048)),
                SimulatedGuest(Guest(id: "down", name: "db-1", status: .stopped, vcpuCount: 3, memoryMB: 1_024)),
            ]
        )
        #expect(
            cluster.inventory(.hosts) == [
                [
                    "host_id": "h1", "host_name": "nas-1", "status": "running", "free_cpu_core": 6,
                    "total_cpu_core": 8, "free_ram_size": 6_144, "total_ram_size": 8_192,
                ]
            ]
        )
        _ = try cluster.power(.powerOn, "down")
        #expect(cluster.inventory(.hosts).first?["free_cpu_core"] == 3)
    }

    @Test("what a guest needs is told by name: processors or memory")
    func shortage() throws {
        let cluster = Cluster(
            hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 4, memoryCapacityMB: 4_096)],
            guests: [
                SimulatedGuest(Guest(id: "wide", name: "wide", status: .stopped, vcpuCount: 5, memoryMB: 1)),
                SimulatedGuest(Guest(id: "tall", name: "tall", status: .stopped, vcpuCount: 1, memoryMB: 4_097)),
                SimulatedGuest(Guest(id: "fits", name: "fits", status: .stopped, vcpuCount: 4, memoryMB: 4_096)),
            ]
        )
        #expect(cluster.guests.map { cluster.shortage(for: $0) } == [.vcpus, .memory, nil])
    }

    @Test("the standard cluster has a storage for each host, networks and images")
    func standard() async throws {
        let manager = SimulatedManager(.standard(guestCount: 30), clock: VirtualClock())
        let hosts = try await manager.inventory(.hosts)
        let storages = try await manager.inventory(.storages)
        #expect(hosts.map { $0["host_name"] } == ["nas-1", "nas-2"])
        #expect(storages.map { $0["host_id"] } == hosts.map { $0["host_id"] })
        #expect(try await manager.inventory(.networks).map { $0["network_name"] } == ["default", "dmz"])
        #expect(try await manager.inventory(.images).map { $0["type"] } == ["disk", "iso"])
    }

    @Test("a guest's storage is that of its host")
    func storage() {
        let cluster = Cluster.standard(guestCount: 21)
        #expect(cluster.guests.last.flatMap { cluster.storage(of: $0) } == cluster.storages.last)
    }
}
