import SimulatedVMM
import Testing
import VirtualMachines

@Suite struct ClusterEventTests {
    private var cluster = Cluster(
        hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 8, memoryCapacityMB: 8_192)],
        guests: [
            SimulatedGuest(Guest(id: "up", name: "web-1", status: .running, vcpuCount: 2, memoryMB: 2_048)),
            SimulatedGuest(Guest(id: "down", name: "db-1", status: .stopped, vcpuCount: 2, memoryMB: 2_048)),
        ]
    )

    private mutating func schedule(_ event: GuestEvent, of id: GuestID, in seconds: Int) throws {
        try cluster.schedule(event, of: id, at: cluster.now + .seconds(seconds))
    }

    private mutating func pass(_ seconds: Int) {
        cluster.advance(to: cluster.now + .seconds(seconds))
    }

    @Test("a crash fails the task that works on the guest, and leaves a guest that is down alone")
    mutating func crash() throws {
        let task = try cluster.power(.shutdown, "up")
        try schedule(.crash, of: "up", in: 5)
        try schedule(.crash, of: "down", in: 5)
        pass(5)
        #expect(try cluster.guest("up").guest.status == .crashed)
        #expect(try cluster.guest("down").guest.status == .stopped)
        #expect(try cluster.task(task).failure == "the guest crashed")
    }

    @Test("a guest that vanishes is gone, its task failed, and later events of it do nothing")
    mutating func vanish() throws {
        let task = try cluster.power(.powerOn, "down")
        try schedule(.vanish, of: "down", in: 1)
        try schedule(.rename("other"), of: "down", in: 2)
        pass(100)
        #expect(cluster.guests.map(\.guest.id) == ["up"])
        #expect(try cluster.task(task).status == .failed)
    }

    @Test("a guest may be renamed to a name that another one has")
    mutating func rename() throws {
        try schedule(.rename("db-1"), of: "up", in: 0)
        #expect(cluster.guests.map(\.guest.name) == ["db-1", "db-1"])
    }

    @Test("an event of a guest that isn't there is refused")
    mutating func unknownGuest() throws {
        let error = try #require(throws: VMMError.self) { try schedule(.crash, of: "none", in: 1) }
        #expect(error.code == .notFound)
    }

    @Test("when tasks are forgotten their ids are unknown, and what they began goes on")
    mutating func forgottenTasks() throws {
        let task = try cluster.power(.shutdown, "up")
        cluster.forgetTasks()
        #expect(cluster.taskIDs.isEmpty)
        #expect(throws: VMMError.self) { try cluster.task(task) }
        pass(15)
        #expect(try cluster.guest("up").guest.status == .stopped)
        #expect(cluster.taskIDs.isEmpty)
        #expect(try cluster.power(.powerOn, "up") == "task_2")
    }
}
