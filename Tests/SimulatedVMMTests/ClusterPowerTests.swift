import SimulatedVMM
import Testing
import VirtualMachines

@Suite struct ClusterPowerTests {
    private var cluster = Cluster(
        hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 8, memoryCapacityMB: 8_192)],
        guests: [
            SimulatedGuest(Guest(id: "up", name: "web-1", status: .running, vcpuCount: 2, memoryMB: 2_048)),
            SimulatedGuest(Guest(id: "down", name: "db-1", status: .stopped, vcpuCount: 2, memoryMB: 2_048)),
            SimulatedGuest(Guest(id: "held", name: "lab", status: .paused, vcpuCount: 1, memoryMB: 1_024)),
        ]
    )

    private mutating func pass(_ seconds: Int) {
        cluster.advance(to: cluster.now + .seconds(seconds))
    }

    @Test("a guest that is powered on runs when its task completes, and shows progress before")
    mutating func powerOn() throws {
        let task = try cluster.power(.powerOn, "down")
        #expect(task == "task_1")
        #expect(try cluster.task(task).progress == 0)
        pass(10)
        #expect(try cluster.task(task).progress == 50)
        #expect(try cluster.guest("down").guest.status == .stopped)
        pass(9)
        #expect(try cluster.task(task).status == .running)
        pass(1)
        let report = try cluster.task(task)
        #expect(report.status == .completed)
        #expect(report.progress == 100)
        #expect(report.operation == "power_on")
        #expect(report.guestID == "down")
        #expect(try cluster.guest("down").guest.status == .running)
        #expect(try cluster.guest("down").guest.rawStatus == "running")
    }

    @Test(
        "each way down takes its time",
        arguments: [(PowerAction.shutdown, false, 15), (.powerOff, false, 15), (.powerOff, true, 1)]
    )
    mutating func stopping(action: PowerAction, force: Bool, seconds: Int) throws {
        let task = try cluster.power(action, "up", force: force)
        pass(seconds - 1)
        #expect(try cluster.guest("up").guest.status == .running)
        pass(1)
        #expect(try cluster.guest("up").guest.status == .stopped)
        #expect(try cluster.task(task).status == .completed)
    }

    @Test("an action that the guest's state forbids is refused and starts no task")
    mutating func wrongState() throws {
        let refused: [(PowerAction, GuestID)] = [
            (.powerOn, "up"), (.shutdown, "down"), (.powerOff, "down"), (.shutdown, "held"),
        ]
        for (action, id) in refused {
            let error = try #require(throws: VMMError.self) { try cluster.power(action, id) }
            #expect(error.code == .wrongState)
        }
        #expect(cluster.taskIDs.isEmpty)
    }

    @Test("a paused guest can be resumed and turned off")
    mutating func paused() throws {
        _ = try cluster.power(.powerOn, "held")
        pass(20)
        #expect(try cluster.guest("held").guest.status == .running)
    }

    @Test("one task at a time works on a guest")
    mutating func oneTask() throws {
        _ = try cluster.power(.powerOn, "down")
        _ = try cluster.power(.shutdown, "up")
        let refused: [(PowerAction, GuestID)] = [(.powerOn, "down"), (.shutdown, "up"), (.powerOff, "up")]
        for (action, id) in refused {
            let error = try #require(throws: VMMError.self) { try cluster.power(action, id) }
            #expect(error.code == .wrongState)
            #expect(error.message.contains("task_"))
        }
    }

    @Test("cutting the power breaks into a shutdown, whose task ends as cancelled")
    mutating func forcedOff() throws {
        try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: "up")
        let shutdown = try cluster.power(.shutdown, "up")
        pass(30)
        let cut = try cluster.power(.powerOff, "up", force: true)
        #expect(try cluster.task(shutdown).status == .cancelled)
        #expect(try cluster.task(shutdown).progress == 10)
        pass(1)
        #expect(try cluster.task(cut).status == .completed)
        #expect(try cluster.guest("up").guest.status == .stopped)
        pass(1_000)
        #expect(try cluster.task(shutdown).status == .cancelled)
    }

    @Test("a guest that ignores shutdown stays up, and the task fails and says why")
    mutating func ignoresShutdown() throws {
        try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: "up")
        let task = try cluster.power(.shutdown, "up")
        pass(299)
        #expect(try cluster.task(task).status == .running)
        pass(1)
        #expect(try cluster.task(task).status == .failed)
        #expect(try cluster.task(task).failure == "the guest did not shut down within 300 s")
        #expect(try cluster.guest("up").guest.status == .running)
        _ = try cluster.power(.powerOff, "up", force: true)
    }

    @Test("a guest that fails to boot stays down, and the task fails and says why")
    mutating func failsToBoot() throws {
        try cluster.setBehaviour(Behaviour(bootFailure: "no bootable device"), of: "down")
        let task = try cluster.power(.powerOn, "down")
        pass(20)
        #expect(try cluster.task(task).status == .failed)
        #expect(try cluster.task(task).failure == "no bootable device")
        #expect(try cluster.guest("down").guest.status == .stopped)
    }

    @Test("a guest that its host has no room for is refused, counting those that are coming up")
    func resources() throws {
        func guest(_ id: GuestID, _ vcpuCount: Int, _ memoryMB: Int) -> SimulatedGuest {
            let guest = Guest(id: id, name: id.rawValue, status: .stopped, vcpuCount: vcpuCount, memoryMB: memoryMB)
            return SimulatedGuest(guest)
        }
        var cluster = Cluster(
            hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 4, memoryCapacityMB: 4_096)],
            guests: [guest("a", 3, 1_024), guest("b", 2, 1_024), guest("c", 1, 4_096)]
        )
        _ = try cluster.power(.powerOn, "a")
        for (id, word) in [("b", "2 virtual CPUs; nas-1 has 1"), ("c", "4096 MB of memory; nas-1 has 3072")] {
            let error = try #require(throws: VMMError.self) { try cluster.power(.powerOn, GuestID(rawValue: id)) }
            #expect(error.code == .insufficientResources)
            #expect(error.message.contains(word))
        }
    }

    @Test("time never goes back, and a long step ends tasks as short ones do")
    mutating func time() throws {
        _ = try cluster.power(.powerOn, "down")
        _ = try cluster.power(.powerOff, "up", force: true)
        let before = cluster.now
        cluster.advance(to: before + .seconds(3_600))
        cluster.advance(to: before)
        #expect(cluster.now == before + .seconds(3_600))
        #expect(cluster.guests.map(\.guest.status) == [.stopped, .running, .paused])
    }

    @Test("an action that is to fail takes its time, and leaves the guest as it was")
    mutating func failure() throws {
        let task = try cluster.power(.shutdown, "up", failure: "no reason")
        pass(14)
        #expect(try cluster.task(task).status == .running)
        pass(1)
        #expect(try cluster.task(task).status == .failed)
        #expect(try cluster.task(task).failure == "no reason")
        #expect(try cluster.guest("up").guest.status == .running)
    }
}
