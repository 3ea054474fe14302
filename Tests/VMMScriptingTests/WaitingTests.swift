import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting

/// What waiting costs, however many wait.
@Suite struct WaitingTests {
    /// Runs a script over so many guests; gives the requests, and the seconds that it ran.
    private func cost(
        of source: String,
        guests: Int,
        givesTasks: Bool,
        listTime: Duration = .zero
    ) async throws -> (requests: Int, seconds: Double) {
        let clock = VirtualClock()
        let cluster = Cluster.standard(guestCount: guests, now: clock.now)
        let manager = CountingManager(SimulatedManager(cluster, clock: clock), givesTasks: givesTasks, listTime, clock)
        var configuration = ScriptHost.Configuration()
        configuration.clock = clock
        configuration.onIdle = { clock.advanceToNextDeadline() }
        let start = clock.now
        try await ScriptHost(manager: manager, configuration: configuration).run(source, named: "test.lua")
        return (manager.requestCount, (clock.now - start) / .seconds(1))
    }

    @Test(arguments: [1, 100, 1_000], [true, false])
    func `waiting costs a NAS ten requests a second at most`(_ count: Int, _ givesTasks: Bool) async throws {
        let cost = try await cost(
            of:
                """
                local running = vmm.list{ status = "running" }
                local picked = {}
                for i = 1, math.min(\(count), #running) do picked[i] = running[i] end
                local tasks = async.map(picked, { limit = 1000 }, function(g) return vmm.shutdown(g) end)
                async.map(tasks, { limit = 1000 }, function(t) return vmm.wait_task(t) end)
                """,
            guests: max(20, count * 4 / 3 + 20),
            givesTasks: givesTasks
        )
        // The script's own list and the first round go at once.
        #expect(Double(cost.requests) <= 10 * cost.seconds + 40)
    }

    @Test func `a young wait is asked for sooner than an old one would be`() {
        var pacing = RoundPacing()
        let start = Timestamp(sinceEpoch: .seconds(1_000))
        #expect(pacing.nextStart(youngest: start, deadline: nil, now: start) == start)
        pacing.ran(from: start, requests: 1, failed: false)
        #expect(pacing.nextStart(youngest: start, deadline: nil, now: start) == start + .seconds(10.0 / 99))
        #expect(pacing.nextStart(youngest: start + .seconds(-60), deadline: nil, now: start) == start + .seconds(3))
        #expect(pacing.nextStart(youngest: start + .seconds(-600), deadline: nil, now: start) == start + .seconds(5))
        let deadline = start + .seconds(2)
        #expect(pacing.nextStart(youngest: start + .seconds(-600), deadline: deadline, now: start) == deadline)
    }

    @Test func `a round that took many requests, or failed, is followed by a longer pause`() {
        var pacing = RoundPacing()
        let start = Timestamp(sinceEpoch: .seconds(1_000))
        pacing.ran(from: start, requests: 20, failed: false)
        #expect(pacing.nextStart(youngest: start, deadline: nil, now: start) == start + .seconds(2.5))
        pacing.ran(from: start, requests: 1, failed: true)
        #expect(pacing.nextStart(youngest: start, deadline: nil, now: start) == start + .seconds(1))
    }

    @Test(arguments: [1, 2, 14, 40, 100], [0, 40, 200])
    func `no ten seconds hold more than a hundred requests, however old the waits are`(
        _ listRequests: Int,
        _ tasks: Int
    ) {
        var pacing = RoundPacing()
        let start = Timestamp(sinceEpoch: .seconds(1_000))
        var rounds: [(time: Timestamp, requests: Int)] = []
        var now = start
        while now < start + .seconds(600) {
            let questions = pacing.taskQuestions(youngest: start, now: now, listRequests: listRequests)
            rounds.append((now, listRequests + min(tasks, questions)))
            pacing.ran(from: now, requests: rounds[rounds.count - 1].requests, failed: false)
            now = pacing.nextStart(youngest: start, deadline: nil, now: now)
        }
        for first in rounds.indices {
            let window = rounds[first...].prefix { $0.time <= rounds[first].time + .seconds(10) }
            // One round alone may be more than that where the list is.
            #expect(window.count == 1 || window.map(\.requests).reduce(0, +) <= 100)
        }
    }

    @Test func `what others ask during a round doesn't delay the next one`() async throws {
        // Others read a guest all the while, also during the lists, which take a while.
        func noticed(others: Int) async throws -> Double {
            let source = """
                local web, db = vmm.get("web-1"), vmm.get("db-1")
                local task = vmm.shutdown(web)
                for _ = 1, \(others) do
                  async.spawn(function() while os.clock() < 14 do vmm.get(db) async.sleep("100ms") end end)
                end
                vmm.wait_task(task)
                """
            return try await cost(of: source, guests: 20, givesTasks: false, listTime: .milliseconds(50)).seconds
        }
        let undisturbed = try await noticed(others: 0)
        #expect(try await noticed(others: 100) == undisturbed)
    }

    @Test func `a task that failed is found out among many`() async throws {
        let test = try TestHost(guestCount: 400)
        try test.manager.cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.setBehaviour(
                Behaviour(ignoresShutdown: true),
                of: try cluster.guest(named: "worker-201").guest.id
            )
        }
        let error = try await test.failure(
            """
            local tasks = async.map(vmm.list{ status = "running" }, { limit = 400 }, function(g) return vmm.shutdown(g) end)
            async.map(tasks, { limit = 400 }, function(t) return vmm.wait_task(t, { timeout = "30m" }) end)
            """
        )
        #expect(error?.kind == .taskFailed)
        #expect(error?.guest == "worker-201")
    }
}

/// A manager that counts what waiting asks as a NAS does: a page of guests is one.
private final class CountingManager: WrappedManager {
    let questionCount = Mutex(0)
    let manager: SimulatedManager
    private let givesTasks: Bool
    private let listTime: Duration
    private let clock: any RunClock

    init(_ manager: SimulatedManager, givesTasks: Bool, _ listTime: Duration, _ clock: any RunClock) {
        self.manager = manager
        self.listTime = listTime
        self.clock = clock
        self.givesTasks = givesTasks
    }

    var requestCount: Int { questionCount.withLock(\.self) }

    private func count(_ requests: Int) {
        questionCount.withLock { $0 += requests }
        RequestTally.current?.add(requests)
    }

    private func answer(_ answer: PowerAnswer) -> PowerAnswer { givesTasks ? answer : PowerAnswer() }

    func guests() async throws(VMMError) -> [Guest] {
        let guests = try await manager.guests()
        count((guests.count + 99) / 100)
        if listTime > .zero { try? await clock.sleep(for: listTime) }
        return guests
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        RequestTally.current?.add()
        return try await manager.guest(id, additional: additional)
    }

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        count(1)
        return try await manager.task(id)
    }

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer { answer(try await manager.powerOn(id)) }
    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer { answer(try await manager.shutdown(id)) }
    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        answer(try await manager.powerOff(id, force: force))
    }
}
