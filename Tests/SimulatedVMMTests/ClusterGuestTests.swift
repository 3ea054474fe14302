import SimulatedVMM
import Testing
import VirtualMachines

@Suite struct ClusterGuestTests {
    private var cluster = Cluster(
        hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 8, memoryCapacityMB: 8_192)],
        guests: [
            SimulatedGuest(Guest(id: "up", name: "web-1", status: .running, vcpuCount: 2, memoryMB: 2_048)),
            SimulatedGuest(Guest(id: "down", name: "db-1", status: .stopped, vcpuCount: 2, memoryMB: 2_048)),
            SimulatedGuest(Guest(id: "twin", name: "db-1", status: .stopped, vcpuCount: 2, memoryMB: 2_048)),
        ]
    )

    @Test("CPU and memory change while a guest is stopped, autorun at any time")
    mutating func settings() throws {
        try cluster.set("down", GuestSettings(vcpuCount: 4, memoryMB: 4_096))
        try cluster.set("up", GuestSettings(autorun: 1))
        #expect(try cluster.guest("down").guest.vcpuCount == 4)
        #expect(try cluster.guest("down").guest.memoryMB == 4_096)
        #expect(try cluster.guest("up").guest.autorun == 1)
    }

    @Test("a refused change changes nothing")
    mutating func refusedSettings() throws {
        let refused: [(GuestID, GuestSettings, VMMError.Code)] = [
            ("up", GuestSettings(vcpuCount: 4, autorun: 1), .wrongState),
            ("up", GuestSettings(memoryMB: 4_096), .wrongState),
            ("down", GuestSettings(vcpuCount: 0, autorun: 1), .badArgument),
            ("down", GuestSettings(vcpuCount: 1, memoryMB: -1), .badArgument),
            ("down", GuestSettings(autorun: 3), .badArgument),
            ("down", GuestSettings(name: ""), .badArgument),
            ("down", GuestSettings(autorun: 2, name: "web-1"), .nameConflict),
            ("down", GuestSettings(vcpuCount: 9, autorun: 1), .insufficientResources),
            ("down", GuestSettings(memoryMB: 8_193), .insufficientResources),
            ("none", GuestSettings(autorun: 1), .notFound),
        ]
        let before = cluster.guests
        for (id, settings, code) in refused {
            let error = try #require(throws: VMMError.self) { try cluster.set(id, settings) }
            #expect(error.code == code)
        }
        #expect(cluster.guests == before)
    }

    @Test("a guest takes a description and a new name at any time, and may keep its own")
    mutating func names() throws {
        try cluster.set("up", GuestSettings(autorun: 2, description: "shop #web", name: "web-9"))
        try cluster.set("up", GuestSettings(name: "web-9"))
        let guest = try cluster.guest(named: "web-9").guest
        #expect(guest.id == "up")
        #expect(guest.autorun == 2)
        #expect(guest.tags == ["web"])
    }

    @Test("CPU can't be changed while a guest is coming up")
    mutating func settingsDuringBoot() throws {
        _ = try cluster.power(.powerOn, "down")
        let error = try #require(throws: VMMError.self) { try cluster.set("down", GuestSettings(vcpuCount: 1)) }
        #expect(error.code == .wrongState)
    }

    @Test("only a guest at rest can be deleted, and the others stay findable")
    mutating func delete() throws {
        for id in ["up", "none"] as [GuestID] {
            #expect(throws: VMMError.self) { try cluster.delete(id) }
        }
        try cluster.delete("down")
        #expect(cluster.guests.map(\.guest.id) == ["up", "twin"])
        #expect(try cluster.guest("twin").guest.id == "twin")
        let error = try #require(throws: VMMError.self) { try cluster.guest("down") }
        #expect(error.code == .notFound)
    }

    @Test("a name finds its guest, unless several share it")
    mutating func lookup() throws {
        #expect(try cluster.guest(named: "web-1").guest.id == "up")
        let shared = try #require(throws: VMMError.self) { try cluster.guest(named: "db-1") }
        #expect(shared.code == .ambiguous)
        let unknown = try #require(throws: VMMError.self) { try cluster.guest(named: "none") }
        #expect(unknown.code == .notFound)
    }

    @Test("tasks are listed oldest first and forgotten when cleared, but not while they run")
    mutating func tasks() throws {
        let first = try cluster.power(.powerOn, "down")
        let second = try cluster.power(.shutdown, "up")
        #expect(cluster.taskIDs == [first, second])
        let running = try #require(throws: VMMError.self) { try cluster.clearTask(first) }
        #expect(running.code == .wrongState)
        cluster.advance(to: cluster.now + .seconds(20))
        try cluster.clearTask(first)
        #expect(cluster.taskIDs == [second])
        for id in [first, "task_0002", "task_x", "2"] {
            let error = try #require(throws: VMMError.self) { try cluster.task(id) }
            #expect(error.code == .notFound)
        }
    }
}
