import SimulatedVMM
import Testing
import VirtualMachines

/// How a guest in transition, or in trouble, shows in each view.
@Suite struct GuestViewTests {
    private var cluster = Cluster(
        hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 8, memoryCapacityMB: 8_192)],
        guests: [
            SimulatedGuest(Guest(id: "up", name: "web-1", status: .running, vcpuCount: 2, memoryMB: 2_048)),
            SimulatedGuest(Guest(id: "down", name: "db-1", status: .stopped, vcpuCount: 2, memoryMB: 2_048)),
        ]
    )

    private func statuses(_ id: GuestID) throws -> [GuestStatus] {
        let guest = try cluster.guest(id)
        return [guest.status(in: .documented), guest.status(in: .full)]
    }

    private mutating func pass(_ seconds: Int) {
        cluster.advance(to: cluster.now + .seconds(seconds))
    }

    @Test("a guest that boots is booting in the full view, and still stopped in the documented one")
    mutating func booting() throws {
        _ = try cluster.power(.powerOn, "down")
        #expect(try statuses("down") == [.stopped, .booting])
        pass(20)
        #expect(try statuses("down") == [.running, .running])
    }

    @Test("a guest that goes down is shutting down", arguments: [(PowerAction.shutdown, false), (.powerOff, true)])
    mutating func shuttingDown(action: PowerAction, force: Bool) throws {
        _ = try cluster.power(action, "up", force: force)
        #expect(try statuses("up") == [.running, .shuttingDown])
        pass(15)
        #expect(try statuses("up") == [.stopped, .stopped])
    }

    @Test("a guest that ignores the request runs on in every view")
    mutating func ignoring() throws {
        try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: "up")
        _ = try cluster.power(.shutdown, "up")
        #expect(try statuses("up") == [.running, .running])
    }

    @Test("a guest that hangs is shutting down for ever, until its power is cut")
    mutating func hanging() throws {
        try cluster.setBehaviour(Behaviour(hangsShuttingDown: true), of: "up")
        let task = try cluster.power(.shutdown, "up")
        pass(1_000_000)
        #expect(try statuses("up") == [.running, .shuttingDown])
        #expect(try cluster.task(task).status == .running)
        _ = try cluster.power(.powerOff, "up", force: true)
        pass(1)
        #expect(try statuses("up") == [.stopped, .stopped])
        #expect(try cluster.task(task).status == .cancelled)
    }

    @Test("a guest may take its own time to boot")
    mutating func slowBoot() throws {
        try cluster.setBehaviour(Behaviour(bootDuration: .seconds(600)), of: "down")
        _ = try cluster.power(.powerOn, "down")
        pass(599)
        #expect(try statuses("down") == [.stopped, .booting])
        pass(1)
        #expect(try statuses("down") == [.running, .running])
    }

    @Test("a guest may crash some time after it came up, and can be started again")
    mutating func crashAfterBoot() throws {
        try cluster.setBehaviour(Behaviour(crashesAfterBoot: .seconds(5)), of: "down")
        let task = try cluster.power(.powerOn, "down")
        pass(24)
        #expect(try statuses("down") == [.running, .running])
        pass(1)
        #expect(try statuses("down") == [.stopped, .crashed])
        #expect(try cluster.task(task).status == .completed)
        _ = try cluster.power(.powerOn, "down")
        pass(1_000)
        #expect(try statuses("down") == [.stopped, .crashed])
    }

    @Test("a reboot is one task that ends with a running guest")
    mutating func reboot() throws {
        let task = try cluster.reboot("up")
        #expect(try statuses("up") == [.running, .booting])
        pass(35)
        #expect(try cluster.task(task).status == .completed)
        #expect(throws: VMMError.self) { try cluster.reboot("down") }
    }

    @Test("the full view names the host, the documented one does not")
    func hostName() throws {
        let guest = try cluster.guest("up")
        #expect(cluster.report(guest, in: .full).hostName == "nas-1")
        #expect(cluster.report(guest, in: .documented).hostName == nil)
    }
}
