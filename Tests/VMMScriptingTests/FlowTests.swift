import LuaRuntime
import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting

/// The words of a workflow, over simulated guests in virtual time.
@Suite struct FlowTests {
    // MARK: Steps, and what is deferred

    @Test func `what a step defers is called when it ends, last first, with what it failed with`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local ok, problem = pcall(flow.step, "s", function()
              flow.defer(function(err) print("first", err) end)
              flow.defer(function(err) async.sleep("1s") print("second", err) end)
              error("boom", 0)
            end)
            print(ok, problem)
            print(flow.step("t", function() flow.defer(function(err) print(err) end) return 1, nil, 3 end))
            """
        )
        #expect(test.events.printed == "second\tboom\nfirst\tboom\nfalse\tboom\nnil\n1\tnil\t3\n")
    }

    @Test func `what a task defers is called when its children have ended, and it ends after that`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local h = async.spawn(function()
              flow.defer(function(err) async.sleep("1s") print("deferred", err) end)
              async.spawn(function() async.sleep("5s") print("child") end)
              print("body")
            end)
            h:await()
            print("awaited", os.clock())
            """
        )
        #expect(test.events.printed == "body\nchild\ndeferred\tnil\nawaited\t6.0\n")
    }

    @Test func `a cancelled task cleans up, with calls that wait`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local h = async.spawn(function()
              flow.step("s", function()
                flow.defer(function(err)
                  print("cleaning", err.kind)
                  async.timeout("1m", function() flow.start("backup") end)
                  print("clean")
                end)
                async.sleep("1h")
              end)
            end)
            async.sleep("1s")
            h:cancel()
            local ok, problem = pcall(h.await, h)
            print(ok, problem.kind, h.status)
            """
        )
        #expect(test.events.printed == "cleaning\tcancelled\nclean\nfalse\tcancelled\tcancelled\n")
        #expect(try test.status("backup") == .running)
    }

    @Test func `a step within what was deferred leaves the rest of it spared`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local h = async.spawn(function()
              flow.step("outer", function()
                flow.defer(function()
                  flow.step("inner", function() flow.defer(function() async.sleep("1s") end) end)
                  async.sleep("1s")
                  print("to the end")
                end)
                async.sleep("1h")
              end)
              async.sleep("1h")
            end)
            async.sleep("1s")
            h:cancel()
            print(pcall(h.await, h))
            """
        )
        #expect(test.events.printed == "to the end\nfalse\tcancelled\n")
    }

    @Test func `the script's own deferred work runs at its end, and its failure is the script's`() async throws {
        let test = try TestHost()
        let failure = try await test.failure(
            "flow.defer(function(err) error('in the handler', 0) end) flow.defer(function() print(vmm.get('web-1').status) end)"
        )
        #expect(test.events.printed == "running\n")
        #expect(failure?.message == "in the handler")
        let own = try await test.failure("flow.defer(function() error('other', 0) end) error('own', 0)")
        #expect(own?.message == "own")
        #expect(test.events.logged.map(\.message) == ["what was deferred failed"])
    }

    @Test func `a guest's own cancellation is its failure, and cancels nobody else`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local ok, problem = pcall(flow.rolling, vmm.list{ name = "web-*" }, { batch = 4, on_failure = "continue" }, function(g)
              if g.guest_name == "web-3" then
                local task = async.spawn(async.sleep, "1h")
                task:cancel()
                task:await()
              end
              flow.restart(g)
            end)
            print(problem.kind, problem.done, problem.failed)
            """
        )
        #expect(test.events.printed == "batch_failed\tweb-1, web-2, web-4\tweb-3\n")
    }

    @Test func `a closing handler of a cancelled task may make calls, and one that fails says so`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local function started_again(name)
              return setmetatable({}, { __close = function(_, problem) flow.start(name) print(name, problem and problem.kind) end })
            end
            local task = async.spawn(function()
              local web <close> = started_again("web-1")
              flow.stop("web-1")
              async.sleep("1h")
            end)
            async.sleep("1m")
            task:cancel()
            local ok, problem = pcall(task.await, task)
            print(problem.kind, vmm.get("web-1").status)

            local ok, problem = pcall(function()
              local x <close> = setmetatable({}, { __close = function() error("not closed", 0) end })
            end)
            print(ok, problem)
            """
        )
        #expect(test.events.printed == "web-1\tcancelled\ncancelled\trunning\nfalse\tnot closed\n")
    }

    @Test func `a run whose time is over cleans up within the grace, and no longer`() async throws {
        var test = try TestHost()
        test.configuration.limits.time = .seconds(60)
        test.configuration.limits.grace = .seconds(30)
        let first = try await test.failure(
            "flow.defer(function() async.sleep('20s') print('clean') end) async.sleep('1h')"
        )
        #expect(first?.kind == .limitExceeded && test.events.printed == "clean\n")
        let second = try await test.failure(
            "flow.defer(function() async.sleep('40s') print('late') end) async.sleep('1h')"
        )
        #expect(second?.kind == .limitExceeded && test.events.printed == "clean\n")
    }

    @Test func `steps are reported with what they are part of, and how they ended`() async throws {
        let test = try TestHost()
        _ = try await test.failure(
            "flow.step('outer', function() flow.stop('web-1') flow.step('inner', function() error('no', 0) end) end)"
        )
        let steps = test.events.all.compactMap { event -> String? in
            switch event {
            case .stepBegan(let step): "\(step.id) in \(step.parent ?? 0): \(step.name) \(step.guest ?? "-")"
            case .stepEnded(let step, let failure): "\(step.id) \(failure ?? "done")"
            default: nil
            }
        }
        #expect(steps == ["1 in 0: outer -", "2 in 1: stop web-1", "2 done", "3 in 1: inner -", "3 no", "1 no"])
    }

    // MARK: One guest

    @Test func `stop, start and restart read first, and do nothing where all is so`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            assert(not flow.stop("backup").changed and not flow.start("web-1").changed)
            local before = flow.restart("backup")
            assert(not before.changed and before.after.status == "stopped")
            local change = flow.restart("web-1")
            assert(change.changed and change.before.status == "running" and change.after.status == "running")
            assert(flow.stop("web-1").after.status == "stopped")
            assert(flow.start("web-1").after.status == "running")
            """
        )
        let writes = test.events.ended.filter { $0.hasPrefix("vmm.shutdown") || $0.hasPrefix("vmm.power") }
        #expect(writes == ["vmm.shutdown web-1", "vmm.power_on web-1", "vmm.shutdown web-1", "vmm.power_on web-1"])
    }

    /// Shutting down takes 15 s and booting 20 s.
    @Test(arguments: [(5, 1), (15, 1), (20, 1), (40, 2)])
    func `a run that is cancelled in a restart starts a guest that it stopped, once`(
        _ seconds: Int,
        _ restarts: Int
    ) async throws {
        var test = try TestHost()
        test.configuration.limits.time = .seconds(seconds)
        #expect(try await test.failure("while true do flow.restart('web-1') end")?.limit == .time)
        let writes = test.events.ended.filter { $0.hasPrefix("vmm.shutdown") || $0.hasPrefix("vmm.power") }
        #expect(
            writes == Array(repeating: ["vmm.shutdown web-1", "vmm.power_on web-1"], count: restarts).flatMap(\.self)
        )
    }

    @Test func `a run that is cancelled starts no guest that another task of it has stopped`() async throws {
        var test = try TestHost()
        test.configuration.limits.time = .seconds(5)
        _ = try await test.failure("async.spawn(flow.stop, 'web-1') async.sleep('2s') flow.restart('web-1')")
        #expect(test.events.ended.contains("vmm.shutdown web-1"))
        #expect(!test.events.ended.contains("vmm.power_on web-1"))
    }

    @Test func `a restart that the script itself cancels ends at once, and starts nothing`() async throws {
        let test = try TestHost()
        let failure = try await test.failure(
            "flow.deadline('40s', { reserve = '30s' }, function() flow.restart('web-1') end)"
        )
        #expect(failure?.kind == .timeout)
        let writes = test.events.ended.filter { $0.hasPrefix("vmm.shutdown") || $0.hasPrefix("vmm.power") }
        #expect(writes == ["vmm.shutdown web-1"])
        #expect(test.clock.now - VirtualClock().now == .seconds(10))
    }

    @Test func `a script that is cancelled in a rolling restart leaves no guest off`() async throws {
        var test = try TestHost()
        test.configuration.limits.time = .seconds(50)
        let failure = try await test.failure("flow.rolling(vmm.list{ name = 'web-*' }, { batch = 2 }, flow.restart)")
        #expect(failure?.limit == .time)
        let powered = test.events.ended.filter { $0.hasPrefix("vmm.power_on") }
        #expect(powered.sorted() == (1...4).map { "vmm.power_on web-\($0)" })
    }

    private func ignoringShutdown(_ names: String..., in test: TestHost) throws {
        try test.manager.cluster.withCluster { (cluster) throws(VMMError) in
            cluster.timings.stopTimeout = .seconds(86_400)
            for name in names {
                try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: try cluster.guest(named: name).guest.id)
            }
        }
    }

    @Test func `a guest that ignores the shutdown has its power cut only with force`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        try ignoringShutdown("web-1", in: test)
        let failure = try await test.failure("flow.stop('web-1', { timeout = '1m' })")
        #expect(failure?.kind == .timeout)
        #expect(try test.status("web-1") == .running)
        #expect(!test.events.ended.contains("vmm.power_off web-1"))
        let other = try TestHost(allow: ["vmm.power_off"])
        try ignoringShutdown("web-1", in: other)
        try await other.run("assert(flow.restart('web-1', { timeout = '1m', force = true }).changed)")
        #expect(other.events.ended.contains("vmm.power_off web-1"))
        #expect(try other.status("web-1") == .running)
    }

    @Test func `force without the permission is refused before anything is sent`() async throws {
        let test = try TestHost()
        let failure = try await test.failure("flow.stop('web-1', { force = true })")
        #expect(failure?.kind == .permissionDenied)
        #expect(!test.events.ended.contains { $0.hasPrefix("vmm.shutdown") })
    }

    // MARK: Rolling

    /// The most of the web servers that were down at once while a script ran.
    private func mostDown(_ source: String, down: [String] = []) async throws -> (most: Int, failure: ScriptError?) {
        var test = try TestHost()
        let manager = test.manager
        let most = Mutex(0)
        test.configuration.reporters.append(
            EventHook { _ in
                let count = try? manager.cluster.withCluster { cluster throws(VMMError) in
                    cluster.guests.count { $0.guest.name.hasPrefix("web-") && $0.status(in: .full) != .running }
                }
                most.withLock { $0 = max($0, count ?? 0) }
            }
        )
        for name in down { try await test.run("flow.stop('\(name)')") }
        most.withLock { $0 = 0 }
        let failure = try await test.failure(source)
        return (most.withLock(\.self), failure)
    }

    @Test(arguments: [1, 2, 3])
    func `no more than the batch is out of service, guests that are down already counted`(_ batch: Int) async throws {
        let source = "flow.rolling(vmm.list{ name = 'web-*' }, { batch = \(batch) }, flow.restart)"
        let all = try await mostDown(source)
        #expect(all.failure == nil)
        #expect(all.most == batch)
        let withOneDown = try await mostDown(source, down: ["web-3"])
        #expect(withOneDown.most == batch)
        if batch == 1 {
            #expect(withOneDown.failure?.kind == .batchFailed)
            #expect(withOneDown.failure?.message.contains("1 of the 4 guests are out of service (web-3)") == true)
        } else {
            #expect(withOneDown.failure == nil)
        }
    }

    @Test func `a failure ends the rolling after its batch, and tells what was done, failed and not begun`()
        async throws
    {
        let test = try TestHost()
        try await test.run(
            """
            local function fails(g) if g.guest_name == "web-2" then error("no disk", 0) end end
            local guests = vmm.list{ name = "web-*" }
            local ok, e = pcall(flow.rolling, guests, { batch = 2 }, fails)
            print(e.kind, e.message)
            print(e.done, e.failed, e.skipped, e.errors[1], e.guest)
            ok, e = pcall(flow.rolling, guests, { batch = 2, on_failure = "continue" }, fails)
            print(e.done, e.failed, e.skipped)
            ok, e = pcall(flow.rolling, guests, { batch = 1, max_failures = 1 }, fails)
            print(ok, e.done, e.failed, e.skipped)
            """
        )
        #expect(
            test.events.printed == """
                batch_failed\t1 of 4 guests failed: web-2 (no disk); done: web-1; not begun: web-3, web-4
                web-1\tweb-2\tweb-3, web-4\tno disk\tweb-2
                web-1, web-3, web-4\tweb-2\t
                false\tweb-1, web-3, web-4\tweb-2\t

                """
        )
    }

    @Test func `each guest must be healthy before the next batch`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local asked = 0
            flow.rolling(vmm.list{ name = "web-*" }, { batch = 4, health = function(g)
              if g.guest_name == "web-1" then asked = asked + 1 return asked == 3 end
              return true
            end }, function() end)
            print(asked, os.clock())
            local ok, e = pcall(flow.rolling, vmm.list{ name = "web-1" }, { health = function() return false end, health_timeout = "1m" }, function() end)
            print(e.kind, e.message)
            """
        )
        #expect(
            test.events.printed
                == "3\t10.0\nbatch_failed\t1 of 1 guests failed: web-1 (not healthy after 1m)\n"
        )
    }

    @Test(arguments: [
        ("flow.rolling({}, flow.restart)", ErrorKind.emptySelection, "there are no guests"),
        ("flow.rolling(vmm.list(), { batch = 0 }, flow.restart)", .badArgument, "batch"),
        ("flow.rolling(vmm.list(), { max_failures = -1 }, flow.restart)", .badArgument, "max_failures"),
        ("local g = vmm.list() g[2] = nil flow.rolling(g, flow.restart)", .badArgument, "there is nothing at 2"),
        (
            "local g, h = vmm.list(), {} h[1] = g[1] h[3] = g[3] flow.rolling(h, flow.restart)", .badArgument,
            "nothing at 2"
        ),
        ("local g = vmm.list() flow.rolling({ g[1], web = g[2] }, flow.restart)", .badArgument, "with the key web"),
        (
            "local g = vmm.list() flow.tiers({ { guests = {} }, nil, { guests = g } }, flow.stop)", .badArgument,
            "nothing at 2"
        ),
        ("flow.rolling({ { guest_id = 'a' } }, flow.restart)", .badArgument, "element 1"),
        ("flow.rolling(vmm.list(), { batch = '150%' }, flow.restart)", .badArgument, "150%"),
        ("local g = vmm.get('web-1') flow.rolling({ g, g }, flow.restart)", .badArgument, "web-1 is there twice"),
        ("flow.rolling({ 'web-9' }, flow.restart)", .notFound, "there is no guest \"web-9\""),
        ("flow.rolling(vmm.list(), { on_failure = 'panic' }, flow.restart)", .badArgument, "panic"),
        ("flow.rolling(vmm.list(), { bacth = 2 }, flow.restart)", .badArgument, "bacth"),
        ("flow.tiers({ 1 }, flow.start)", .badArgument, "tier 1"),
        ("flow.retry({ attempts = 0 }, print)", .badArgument, "attempts"),
        ("async.semaphore(0)", .badArgument, "count"),
        ("async.all{ 1 }", .badArgument, "element 1 must be a function"),
        (
            "vmm.list{ where = function(g) return vmm.get(g).status == 'running' end }", .badArgument,
            "can't be made here"
        ),
    ])
    func `wrong use has a clear answer`(_ source: String, _ kind: ErrorKind, _ words: String) async throws {
        let failure = try await TestHost().failure(source)
        #expect(failure?.kind == kind)
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "none")")
    }

    @Test func `an empty selection is no error where it is allowed`() async throws {
        try await TestHost().run("assert(#flow.rolling({}, { allow_empty = true }, flow.restart).done == 0)")
    }

    @Test func `a handle cancelled in what was deferred doesn't end it`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            flow.step("s", function()
              local h = async.spawn(async.sleep, "1h")
              flow.defer(function() h:cancel() print(h.status, pcall(h.await, h)) end)
            end)
            """
        )
        #expect(test.events.printed == "running\tfalse\tcancelled\n")
    }

    @Test func `a guest on its way down is out of service, also where the NAS has no word for it`() async throws {
        let test = try TestHost()
        let failure = try await test.failure(
            """
            flow.rolling(vmm.list{ name = "web-*" }, { batch = 1, on_failure = "continue" }, function(g)
              flow.restart(g, { timeout = "5s" })
            end)
            """
        )
        #expect(
            failure?.message.hasPrefix("1 of the 4 guests are out of service (web-1), as many as the batch of 1 allows")
                == true
        )
        #expect(test.events.ended.filter { $0.hasPrefix("vmm.shutdown") } == ["vmm.shutdown web-1"])
    }

    @Test func `a guest that the script has sent on its way is let arrive first`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            vmm.shutdown("web-1")
            assert(flow.start("web-1").changed)
            vmm.power_on("backup")
            assert(flow.stop("backup").changed)
            async.spawn(vmm.shutdown, "web-2"):await()
            assert(vmm.get("web-2").status == "shutting_down")
            assert(not flow.restart("web-2").changed)
            pcall(async.timeout, "20s", function() flow.restart("web-3") end)
            assert(flow.stop("web-3").changed)
            """
        )
        #expect(try test.status("web-1") == .running)
        #expect(try test.status("backup") == .stopped)
        #expect(try test.status("web-2") == .stopped)
        #expect(try test.status("web-3") == .stopped)
    }

    @Test func `what a cancelled run defers may restart a guest up to a deadline of its own`() async throws {
        var test = try TestHost(allow: ["vmm.power_off"])
        test.configuration.limits.time = .seconds(3)
        let failure = try await test.failure(
            """
            flow.defer(function()
              flow.deadline("12s", { reserve = "5s", force = vmm.list{ name = "web-1" } }, function() flow.restart("web-1") end)
            end)
            async.sleep("5m")
            """
        )
        #expect(failure?.limit == .time)
        #expect(test.clock.now - VirtualClock().now == .seconds(11))
        #expect(try test.status("web-1") == .stopped)
    }

    @Test func `no change of power is taken for done while its contrary is under way`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        try await test.run(
            """
            local up = vmm.power_on("backup")
            for _, action in ipairs{ "shutdown", "power_off" } do
              local ok, e = pcall(vmm[action], "backup", action == "power_off" and { force = true } or nil)
              assert(not ok and e.kind == "wrong_state", tostring(e))
            end
            vmm.wait_task(up)
            local down = vmm.shutdown("web-1")
            local ok, e = pcall(vmm.power_on, "web-1")
            assert(not ok and e.kind == "wrong_state", tostring(e))
            """
        )
    }

    // MARK: Tiers, deadlines, patience

    @Test func `tiers come one after the other, each when the one before is ready, and the other way round`()
        async throws
    {
        let test = try TestHost()
        try await test.run(
            """
            local ready = 0
            local tiers = {
              { name = "db", guests = vmm.list{ name = "db-*" }, ready = function() ready = ready + 1 return ready > 1 end },
              { name = "web", guests = vmm.list{ name = "web-*" } },
            }
            local order = {}
            local function note(g) order[#order + 1] = g.guest_name end
            flow.tiers(tiers, note)
            flow.tiers(tiers, { reverse = true }, note)
            print(table.concat(order, " "), ready)
            local ok, e = pcall(flow.tiers, tiers, function(g) if g.guest_name == "db-2" then error("x", 0) end end)
            print(e.kind, e.done, e.failed, e.skipped)
            tiers[1].ready, tiers[1].timeout = function() return false end, "30s"
            ok, e = pcall(flow.tiers, tiers, function() end)
            print(e.kind, e.message, e.done, e.skipped)
            """
        )
        #expect(
            test.events.printed == """
                db-1 db-2 web-1 web-2 web-3 web-4 web-1 web-2 web-3 web-4 db-1 db-2\t2
                batch_failed\tdb-1\tdb-2\tweb-1, web-2, web-3, web-4
                timeout\ttier db was not ready after 30s\tdb-1, db-2\tweb-1, web-2, web-3, web-4

                """
        )
    }

    @Test func `at the deadline the power of a guest that boots is cut as soon as it can be`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        let failure = try await test.failure(
            """
            flow.deadline("60s", { reserve = "30s", force = vmm.list{ name = "web-1" } }, function() flow.restart("web-1") end)
            """
        )
        #expect(failure?.message == "not done 30s before the deadline; the power of web-1 was cut")
        #expect(try test.status("web-1") == .stopped)
    }

    @Test func `at the deadline what runs is cancelled, and the power of what is still up is cut`() async throws {
        let test = try TestHost(allow: ["vmm.power_off"])
        try ignoringShutdown("web-2", in: test)
        let failure = try await test.failure(
            """
            local web = vmm.list{ name = "web-*" }
            flow.deadline("2m", { reserve = "30s", force = web }, function()
              async.map(web, { limit = 4 }, function(g) flow.stop(g, { timeout = "1h" }) end)
            end)
            """
        )
        #expect(failure?.kind == .timeout)
        #expect(failure?.message == "not done 30s before the deadline; the power of web-2 was cut")
        #expect(try test.status("web-2") == .stopped)
        try await test.run("assert(flow.deadline('1m', function() return 7 end) == 7)")
        let own = try await test.failure(
            "flow.deadline('1m', function() flow.wait_for({ timeout = '1s' }, function() return false end) end)"
        )
        #expect(own?.message == "what was waited for did not come about in 1s")
    }

    @Test func `retry tries again what is worth it, with pauses that double`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local tries = 0
            local function busy() tries = tries + 1 error(setmetatable({ kind = tries < 3 and "busy" or "wrong_state" }, {}), 0) end
            local ok, e = pcall(flow.retry, { attempts = 5, on = { "busy" } }, busy)
            print(tries, e.kind, os.clock())
            print(flow.retry(function(attempt) if attempt < 3 then error("no") end return attempt, nil end))
            """
        )
        #expect(test.events.printed == "3\twrong_state\t3.0\n3\tnil\n")
    }
}

/// Tells a test of each event.
private struct EventHook: Reporter {
    let body: @Sendable (RunEvent) -> Void

    init(_ body: @escaping @Sendable (RunEvent) -> Void) { self.body = body }

    func report(_ event: RunEvent) { body(event) }
}
