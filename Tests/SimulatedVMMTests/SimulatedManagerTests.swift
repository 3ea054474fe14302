import SimulatedVMM
import Testing
import VirtualMachines

@Suite struct SimulatedManagerTests {
    private let clock = VirtualClock()
    private let manager: SimulatedManager
    private let web: GuestID

    init() {
        let cluster = Cluster.standard(guestCount: 20)
        web = cluster.guests[0].guest.id
        manager = SimulatedManager(cluster, clock: clock)
    }

    @Test("a guest goes down and up again as the clock moves")
    func lifecycle() async throws {
        try await manager.connect()
        let down = try #require(try await manager.shutdown(web).taskID)
        #expect(try await manager.task(down).status == .running)
        clock.advance(by: .seconds(15))
        #expect(try await manager.task(down).status == .completed)
        #expect(try await manager.guest(web, additional: []).status == .stopped)

        try await manager.set(web, GuestSettings(vcpuCount: 4))
        let up = try #require(try await manager.powerOn(web).taskID)
        clock.advance(by: .seconds(20))
        let guest = try await manager.guest(web, additional: [])
        #expect(guest.status == .running)
        #expect(guest.vcpuCount == 4)

        #expect(try await manager.tasks() == [down, up])
        try await manager.clearTask(down)
        #expect(try await manager.tasks() == [up])
        await manager.close()
    }

    @Test(
        "what some of the guests are asked for is what a list of all would have told",
        arguments: [GuestView.documented, .full]
    )
    func selections(view: GuestView) async throws {
        let manager = SimulatedManager(cluster: manager.cluster, view: view)
        _ = try await manager.shutdown(web)
        let all = try await manager.guests()
        let some = GuestSelection.among([web, all[7].id, GuestID(rawValue: "nobody")])
        for selection in [.all, some, .among([]), .except([.running]), .except([.running, .stopped])] {
            let expected = all.filter { selection.contains($0.id, in: $0.status) }
            #expect(try await manager.guests(selection) == expected)
        }
    }

    @Test("a guest can be cut off and deleted")
    func delete() async throws {
        _ = try await manager.powerOff(web, force: true)
        clock.advance(by: .seconds(1))
        try await manager.delete(web)
        #expect(try await manager.guests().count == 19)
    }

    @Test("details come with a guest only where they are asked for")
    func details() async throws {
        #expect(try await manager.guest(web, additional: []).extra.isEmpty)
        let guest = try await manager.guest(web, additional: [.network, .snapshot])
        #expect(guest.extra.members.map(\.key) == ["network", "snapshot"])
    }

    @Test("a cancelled read is refused as cancelled")
    func cancellation() async throws {
        let read = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await manager.guests()
        }
        read.cancel()
        let error = await #expect(throws: VMMError.self) { try await read.value }
        #expect(error?.code == .cancelled)
    }

    @Test("two managers of one cluster see the same guests")
    func sharing() async throws {
        let other = SimulatedManager(cluster: manager.cluster)
        _ = try await manager.powerOff(web, force: true)
        clock.advance(by: .seconds(1))
        #expect(try await other.guest(web, additional: []).status == .stopped)
    }

    @Test("a manager with the full view tells of transitions and hosts, and counts autorun up to 2")
    func fullView() async throws {
        let other = SimulatedManager(cluster: manager.cluster, view: .full)
        _ = try await other.shutdown(web)
        try await other.set(web, GuestSettings(autorun: 2, description: "#shop", name: "shop-1"))
        let guest = try await other.guest(web, additional: [])
        #expect(guest.status == .shuttingDown)
        #expect(guest.rawStatus == "shutting_down")
        #expect(guest.hostName == "nas-1")
        #expect(guest.name == "shop-1")
        #expect(guest.autorun == 2)
        #expect(try await manager.guest(web, additional: []).status == .running)
    }
}
