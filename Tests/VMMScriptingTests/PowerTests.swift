import LuaRuntime
import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting

/// Changes of guests' power where the NAS refuses, or a guest takes its time: no guest is left off without a word.
@Suite struct PowerTests {
    /// Shutting down takes 15 s and booting 20 s, but for a guest that is told otherwise.
    private func shutDownSlowly(_ name: String, _ duration: Duration, in test: TestHost) throws {
        try test.manager.cluster.withCluster { (cluster) throws(VMMError) in
            let guest = try cluster.guest(named: name).guest.id
            try cluster.setBehaviour(Behaviour(shutdownDuration: duration), of: guest)
        }
    }

    private func writes(_ test: TestHost) -> [String] {
        test.events.ended.filter { $0.hasPrefix("vmm.shutdown") || $0.hasPrefix("vmm.power") }
    }

    /// Runs a script over a NAS that refuses, and gives how it ended and what is left to tell.
    private func run(
        _ source: String,
        on manager: any VirtualMachineManager,
        _ test: TestHost
    ) async throws -> (failure: ScriptError?, touched: [TouchedGuest]) {
        let host = ScriptHost(manager: manager, configuration: test.configuration)
        let run = try await host.start(source, named: "test.lua", keepsEvents: false)
        do {
            _ = try await run.result()
            return (nil, run.touchedGuests)
        } catch {
            return (error, run.touchedGuests)
        }
    }

    // MARK: Restarts

    @Test func `a guest that goes off after the time of its restart, but within another, is started again`()
        async throws
    {
        let test = try TestHost()
        try shutDownSlowly("web-1", .seconds(50), in: test)
        let failure = try await test.failure("flow.restart('web-1', { timeout = '30s' })")
        #expect(failure?.kind == .timeout)
        #expect(writes(test) == ["vmm.shutdown web-1", "vmm.power_on web-1"])
        #expect(try test.status("web-1") == .running)
        #expect(test.events.logged.map(\.message) == ["its restart failed and it is off, so it is started again"])
    }

    @Test func `a guest that doesn't go off within another time of its restart is left, and said to be`() async throws {
        let test = try TestHost()
        try shutDownSlowly("web-1", .seconds(90), in: test)
        let (failure, touched) = try await run("flow.restart('web-1', { timeout = '30s' })", on: test.manager, test)
        #expect(failure?.kind == .timeout)
        #expect(writes(test) == ["vmm.shutdown web-1"])
        #expect(test.clock.now - VirtualClock().now == .seconds(60))
        #expect(
            test.events.logged.map(\.message) == [
                "it was asked to shut down and may still go off; it will not be started again"
            ]
        )
        #expect(touched == [TouchedGuest(name: "web-1", action: "shutdown", isDone: false, goal: .running)])
    }

    @Test func `a guest whose restart can't read it once it is off is started again`() async throws {
        let test = try TestHost()
        let manager = RefusingManager(test.manager)
        let binding = Binding.operation("test.break_reads", .read, summary: "Lets one read fail.") { _ in
            manager.refuse(.get, .badAnswer, times: 1)
            return []
        }
        var broken = test
        broken.configuration.bindings = [binding]
        let source = """
            async.spawn(function() async.sleep("5s") vmm.wait_status("web-1", "stopped") test.break_reads() end)
            flow.restart("web-1")
            """
        let (failure, _) = try await run(source, on: manager, broken)
        #expect(failure?.kind == .badAnswer)
        #expect(try test.status("web-1") == .running)
    }

    // MARK: Refusals

    @Test(arguments: [VMMError.Code.busy, .unreachable])
    func `a NAS that can't take a change on for now is asked again, for as long as there is time`(
        code: VMMError.Code
    ) async throws {
        let test = try TestHost()
        let manager = RefusingManager(test.manager, refusing: [.shutdown: (code, 3), .powerOn: (code, 5)])
        let (failure, touched) = try await run("flow.restart('web-1')", on: manager, test)
        #expect(failure == nil)
        #expect(!touched.contains { !$0.isDone })
        #expect(try test.status("web-1") == .running)
        let postponed = test.events.all.compactMap { event in
            if case .postponed(let report, _) = event { report.name } else { nil as String? }
        }
        #expect(postponed == ["vmm.shutdown", "vmm.power_on"])
    }

    @Test func `a change that is refused to the end of its time fails with what refused it`() async throws {
        let test = try TestHost()
        let manager = RefusingManager(test.manager, refusing: [.powerOn: (.busy, .max)])
        let source =
            "local ok, e = pcall(vmm.power_on, 'backup', { timeout = '90s' }) print(e.kind, e.message, os.clock())"
        _ = try await run(source, on: manager, test)
        #expect(test.events.printed == "busy\tthe NAS says busy; it was tried for 1m30s\t90.0\n")
    }

    @Test func `a cancelled run asks a busy NAS again to start the guest that its restart has stopped`() async throws {
        var test = try TestHost()
        test.configuration.limits.time = .seconds(5)
        let manager = RefusingManager(test.manager, refusing: [.powerOn: (.busy, 4)])
        let (failure, _) = try await run("flow.restart('web-1')", on: manager, test)
        #expect(failure?.limit == .time)
        #expect(writes(test) == ["vmm.shutdown web-1", "vmm.power_on web-1"])
    }

    @Test func `a guest that could not be started again is left midway, also where the script hides that`() async throws
    {
        let test = try TestHost()
        let manager = RefusingManager(test.manager, refusing: [.powerOn: (.insufficientResources, .max)])
        let (failure, touched) = try await run("pcall(flow.restart, 'web-1')", on: manager, test)
        #expect(failure == nil)
        #expect(
            touched == [
                TouchedGuest(name: "web-1", action: "power_on", isDone: false, isOff: true, goal: .running)
            ]
        )
    }

    // MARK: Force

    @Test func `with force, power is cut where a guest could not be asked to shut down and doesn't go off`()
        async throws
    {
        let test = try TestHost(allow: ["vmm.power_off"])
        let manager = RefusingManager(test.manager, refusing: [.shutdown: (.wrongState, .max)])
        let (failure, _) = try await run("flow.stop('web-1', { timeout = '2m', force = true })", on: manager, test)
        #expect(failure == nil)
        #expect(try test.status("web-1") == .stopped)
        #expect(writes(test).contains("vmm.power_off web-1"))
        #expect(test.clock.now - VirtualClock().now > .seconds(120))
    }

    @Test func `with force, a guest that goes off by an earlier shutdown of somebody else keeps its power`()
        async throws
    {
        let test = try TestHost(allow: ["vmm.power_off"])
        let manager = RefusingManager(test.manager, refusing: [.shutdown: (.wrongState, .max)])
        try shutDownSlowly("web-1", .seconds(60), in: test)
        let other = Binding.operation("test.somebody_stops", .read, summary: "Shuts web-1 down.") { _ in
            let guest = try test.manager.cluster.withCluster { (cluster) throws(VMMError) in
                try cluster.guest(named: "web-1").guest.id
            }
            _ = try await test.manager.shutdown(guest)
            return []
        }
        var busy = test
        busy.configuration.bindings = [other]
        let source = """
            async.spawn(function() async.sleep("1s") test.somebody_stops() end)
            flow.stop("web-1", { timeout = "5m", force = true })
            """
        let (failure, _) = try await run(source, on: manager, busy)
        #expect(failure == nil)
        #expect(try test.status("web-1") == .stopped)
        #expect(!writes(test).contains("vmm.power_off web-1"))
    }

    @Test(arguments: [VMMError.Code.accessDenied, .notFound])
    func `force doesn't cut the power of a guest that the account may not touch, or that is gone`(
        code: VMMError.Code
    ) async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        let manager = RefusingManager(test.manager, refusing: [.shutdown: (code, .max)])
        let (failure, _) = try await run("flow.stop('web-1', { force = true })", on: manager, test)
        #expect(failure?.kind == ErrorKind(code))
        #expect(!writes(test).contains("vmm.power_off web-1"))
    }

    // MARK: Deadlines

    @Test func `at the deadline power is cut though the list fails and a power-off is refused at first`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        let manager = RefusingManager(test.manager, refusing: [.powerOff: (.busy, 3)])
        let breaking = Binding.operation("test.break_lists", .read, summary: "Lets lists fail.") { _ in
            manager.refuse(.list, .unreachable)
            return []
        }
        var broken = test
        broken.configuration.bindings = [breaking]
        let source = """
            local web = vmm.list{ name = "web-*" }
            flow.deadline("60s", { reserve = "30s", force = web }, function() test.break_lists() async.sleep("1h") end)
            """
        let (failure, _) = try await run(source, on: manager, broken)
        #expect(failure?.kind == .timeout)
        let statuses = try (1...4).map { try test.status("web-\($0)") }
        #expect(!statuses.contains(.running))
    }

    @Test func `what could not be cut at the deadline is named`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        let manager = RefusingManager(test.manager, refusing: [.powerOff: (.busy, .max)])
        let source = """
            flow.deadline("60s", { reserve = "30s", force = vmm.list{ name = "web-1" } }, function() async.sleep("1h") end)
            """
        let (failure, _) = try await run(source, on: manager, test)
        #expect(
            failure?.message.contains("the power of web-1 could not be cut") == true,
            "\(String(describing: failure))"
        )
        #expect(test.clock.now - VirtualClock().now <= .seconds(60))
    }

    // MARK: The other way

    @Test func `a shutdown that ends the other way is told at once, and the guest isn't midway`() async throws {
        let test = try TestHost()
        try shutDownSlowly("web-1", .seconds(3600), in: test)
        let manager = RefusingManager(test.manager)
        let show = Binding.operation(
            "test.show",
            .read,
            parameters: [.init("status", .status)],
            summary: "Has web-1 show as that."
        ) { call in
            manager.show("web-1", call.arguments.string("status").flatMap(GuestStatus.init) ?? .unknown)
            return []
        }
        var revived = test
        revived.configuration.bindings = [show]
        let source = """
            async.spawn(function()
              async.sleep("1s") test.show("shutting_down") async.sleep("30s") test.show("running")
            end)
            flow.stop("web-1", { timeout = "30m" })
            """
        let (failure, touched) = try await run(source, on: manager, revived)
        #expect(failure?.kind == .taskFailed)
        #expect(failure?.message == "web-1 is running again: it did not stay down, or its shutdown was called off")
        #expect(touched.isEmpty)
        #expect(test.clock.now - VirtualClock().now < .seconds(60))
    }

    @Test func `one answer that says otherwise is no end of a shutdown`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        try shutDownSlowly("web-1", .seconds(20), in: test)
        let manager = RefusingManager(test.manager)
        let show = Binding.operation(
            "test.show",
            .read,
            parameters: [.init("status", .string)],
            summary: "Shows web-1 so."
        ) {
            manager.show("web-1", $0.arguments.string("status").flatMap(GuestStatus.init(rawValue:)))
            return []
        }
        var stale = test
        stale.configuration.bindings = [show]
        let source = """
            async.spawn(function()
              async.sleep("1s") test.show("shutting_down") async.sleep("4s") test.show("running") async.sleep("1s")
              test.show("shutting_down") async.sleep("4s") test.show("")
            end)
            flow.stop("web-1", { timeout = "10m", force = true })
            """
        let (failure, _) = try await run(source, on: manager, stale)
        #expect(failure == nil)
        #expect(try test.status("web-1") == .stopped)
        #expect(!writes(test).contains("vmm.power_off web-1"))
    }

    @Test func `a restart that may not start its guest again shuts nothing down`() async throws {
        let test = try TestHost(deny: ["vmm.power_on:web-1"])
        #expect(try await test.failure("flow.restart('web-1')")?.kind == .permissionDenied)
        #expect(writes(test).isEmpty)
    }

    @Test func `a guest that isn't called as the list says is left alone`() async throws {
        let test = try TestHost(allow: ["vmm.power_off", "vmm.set", "vmm.delete"])
        let manager = SwappingManager(manager: test.manager)
        for call in ["shutdown('web-1')", "power_off('web-1', { force = true })", "delete('web-1')"] {
            let (failure, touched) = try await run("vmm.\(call)", on: manager, test)
            #expect(failure?.kind == .badAnswer, "\(call)")
            #expect(touched.isEmpty, "\(call)")
        }
    }

    @Test func `a request without an answer holds up no cut of power at the deadline`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        let manager = HangingManager(manager: test.manager, clock: test.clock)
        let source = """
            flow.deadline("40s", { reserve = "30s", force = { "web-1", "web-2" } }, function() vmm.shutdown("web-1") end)
            """
        let (failure, _) = try await run(source, on: manager, test)
        #expect(failure?.kind == .timeout)
        let cut = test.events.all.compactMap { event in
            if case .ended(let report, .success) = event, report.name == "vmm.power_off" {
                report
            } else {
                nil as OperationReport?
            }
        }
        let second = cut.first { $0.guest == "web-2" }
        #expect(second.map { $0.time - VirtualClock().now <= .seconds(40) } == true)
    }

    // MARK: What is told at the end

    @Test func `a guest that ran before and is off at the end is told as off, whatever was done to it last`()
        async throws
    {
        let test = try TestHost(allow: ["vmm.set"])
        let source = "flow.stop('db-1') vmm.set('db-1', { vcpu_num = 3 }) error('enough')"
        let (_, touched) = try await run(source, on: test.manager, test)
        let told = touched.first
        #expect(touched.count == 1 && told?.name == "db-1" && told?.action == "set" && told?.isOff == true)
        #expect(told?.settings.count == 1 && told?.settings.first?.hasPrefix("CPUs ") == true)
    }

    @Test func `a guest that is stopped for a time is to be started, by whatever the run ends`() async throws {
        let test = try TestHost()
        let source = "flow.stop('db-1', { temporary = true }) error('enough')"
        let (_, touched) = try await run(source, on: test.manager, test)
        #expect(touched == [TouchedGuest(name: "db-1", action: "shutdown", isDone: true, isOff: true, goal: .running)])
    }

    @Test func `a failed batch names the guests that were left as they were apart from those that were changed`()
        async throws
    {
        let test = try TestHost()
        let source = """
            flow.rolling({ "backup", "web-1", "web-2", "web-3" }, { batch = 2 }, function(g)
              if g.guest_name == "web-2" then error("no", 0) end
              return flow.restart(g)
            end)
            """
        let failure = try await test.failure(source)
        #expect(
            failure?.message
                == "1 of 4 guests failed: web-2 (no); done: web-1; left as they were: backup; not begun: web-3"
        )
    }

    @Test func `a deletion that the NAS accepted and didn't carry out is no success`() async throws {
        let test = try TestHost(allow: ["vmm.delete"])
        let manager = RefusingManager(test.manager, ignoresDeletions: true)
        let (failure, _) = try await run("vmm.delete('backup')", on: manager, test)
        #expect(failure?.kind == .outcomeUnknown)
        #expect(failure?.message == "the NAS accepted the deletion of backup, but it still lists it")
        let (none, _) = try await run("assert(vmm.delete('backup').changed)", on: test.manager, test)
        #expect(none == nil)
    }

    @Test func `a guest that the run deleted is neither off nor to be started`() async throws {
        let test = try TestHost(allow: ["vmm.delete"])
        let source = "flow.stop('web-1') vmm.delete('web-1') error('enough')"
        let (_, touched) = try await run(source, on: test.manager, test)
        #expect(touched == [TouchedGuest(name: "web-1", action: "delete", isDone: true)])
    }

    @Test func `the time of a stop counts what a busy NAS takes to accept it`() async throws {
        let test = try TestHost()
        try shutDownSlowly("web-1", .seconds(3600), in: test)
        let manager = RefusingManager(test.manager, refusing: [.shutdown: (.busy, 5)])
        let (failure, _) = try await run("flow.stop('web-1', { timeout = '1m' })", on: manager, test)
        #expect(failure?.kind == .timeout)
        #expect(test.clock.now - VirtualClock().now <= .seconds(61))
    }

    // MARK: Ends

    @Test func `whoever cancels a run once more may leave it less time to tidy up`() async throws {
        var test = try TestHost()
        test.configuration.clock = SystemClock(speed: 600)
        test.configuration.onIdle = nil
        test.configuration.limits.grace = nil
        let source = "flow.defer(function() async.sleep(math.huge) end) async.sleep(math.huge)"
        let run = try await test.host.start(source, named: "test.lua", keepsEvents: false)
        run.cancel()
        run.cancel(grace: .seconds(60))
        await #expect(throws: ScriptError.self) { try await run.result() }
    }

    @Test func `a run that is killed in virtual time waits for a write whose answer is lost, and ends`() async throws {
        var test = try TestHost()
        test.configuration.limits.output = 1_000
        let manager = RefusingManager(test.manager, refusing: [.shutdown: (.outcomeUnknown, 1)])
        let source = """
            async.spawn(vmm.shutdown, "web-1")
            async.sleep("1s")
            while true do print(("x"):rep(100)) end
            """
        let (failure, _) = try await run(source, on: manager, test)
        #expect(failure?.limit == .output)
    }

    @Test func `a shutdown that is refused after one that got lost is still unknown`() async throws {
        let test = try TestHost()
        let manager = LosingManager(test.manager, [.outcomeUnknown, .busy, .accessDenied])
        let source = "vmm.shutdown('web-1')"
        let (failure, touched) = try await run(source, on: manager, test)
        #expect(failure?.kind == .outcomeUnknown)
        #expect(touched.map(\.isDone) == [false])
    }
}

/// Loses or refuses one shutdown after the other, and carries none out.
private final class LosingManager: WrappedManager {
    let manager: SimulatedManager
    private let answers: Mutex<[VMMError.Code]>

    init(_ manager: SimulatedManager, _ answers: [VMMError.Code]) {
        self.manager = manager
        self.answers = Mutex(answers)
    }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        let code = answers.withLock { $0.isEmpty ? .busy : $0.removeFirst() }
        throw VMMError(code, "the NAS says \(code.rawValue)")
    }
}

/// Gives in its lists the name of one guest to another.
private struct SwappingManager: WrappedManager {
    let manager: SimulatedManager

    func guests() async throws(VMMError) -> [Guest] {
        try await manager.guests()
            .map { guest in
                var guest = guest
                guest.name = guest.name == "web-1" ? "db-1" : guest.name == "db-1" ? "web-1" : guest.name
                return guest
            }
    }
}

/// Takes minutes over a request to shut down.
private struct HangingManager: WrappedManager {
    let manager: SimulatedManager
    let clock: VirtualClock

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try? await clock.sleep(for: .seconds(300))
        throw VMMError(.outcomeUnknown, "no answer", mayBeUnderWay: true)
    }
}
