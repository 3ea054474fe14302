import LuaRuntime
import Testing
import VirtualMachines

@testable import VMMScripting

@Suite struct LimitTests {
    @Test func `a limit ends a script with its kind, its name, the place, and what allows more`() async throws {
        var test = try TestHost()
        test.configuration.limits.cpuTime = .milliseconds(50)
        let error = try await test.failure("vmm.shutdown('web-1')\nwhile true do pcall(error) end")
        #expect(error?.kind == .limitExceeded)
        #expect(error?.limit == .cpuTime)
        #expect(error?.message.contains("50ms of CPU time") == true)
        #expect(error?.hint?.contains("--cpu-limit") == true)
        #expect(error?.position?.line == 2)
    }

    @Test func `the guests that a script left midway are known after a limit ended it`() async throws {
        var test = try TestHost()
        test.configuration.limits.cpuTime = .milliseconds(50)
        let run = try await test.host.start("vmm.shutdown('web-1') while true do end", named: "midway.lua")
        await #expect(throws: ScriptError.self) { try await run.result() }
        #expect(run.guestsMidway == [TouchedGuest(name: "web-1", action: "shutdown", isDone: false, goal: .stopped)])
    }

    @Test(arguments: [
        ("while true do print('flood') end", LuaLimit.output),
        ("while true do log.info('flood', { with = { many = 'fields' } }) end", .output),
        ("while true do pcall(vmm.list) end", .hostCalls),
        ("for i = 1, 1e6 do async.spawn(async.sleep, '1h') end", .coroutines),
        ("load((' '):rep(5000))", .source),
    ])
    func `each limit ends a script`(_ source: String, _ limit: LuaLimit) async throws {
        var test = try TestHost()
        test.configuration.limits.output = 1000
        test.configuration.limits.operations = 50
        test.configuration.limits.coroutines = 40
        test.configuration.limits.source = 1000
        let error = try await test.failure(source)
        #expect(error?.limit == limit)
    }

    @Test func `after a limit the next script of the same host runs as ever`() async throws {
        var test = try TestHost()
        test.configuration.limits.memory = 4 << 20
        #expect(try await test.failure("local t = {} while true do t[#t + 1] = {} end")?.limit == .memory)
        #expect(try await test.run("return #vmm.list()") == [20])
    }

    @Test func `time cancels first, so that a script can tidy up, and fails it all the same`() async throws {
        var test = try TestHost()
        test.configuration.limits.time = .seconds(60)
        let error = try await test.failure("local ok, e = pcall(async.sleep, '1h') print(e.kind) return 'done'")
        #expect(error?.limit == .time)
        #expect(test.events.printed == "cancelled\n")
    }

    @Test func `a script that goes on after its time is ended when the grace is over`() async throws {
        var test = try TestHost()
        test.configuration.clock = SystemClock(speed: 1000)
        test.configuration.onIdle = nil
        test.configuration.limits.time = .seconds(10)
        test.configuration.limits.grace = .seconds(10)
        let error = try await test.failure("while true do pcall(async.sleep, '1s') end")
        #expect(error?.limit == .time)
    }

    @Test func `a script that ends in time is none the worse for a limit in time`() async throws {
        var test = try TestHost()
        test.configuration.limits.time = .seconds(3601)
        #expect(try await test.run("async.sleep('1h') return 'done'") == ["done"])
    }

    @Test func `a script can't pass its own error off as a limit`() async throws {
        let error = try await TestHost().failure("error({ kind = 'limit_exceeded', message = 'no' })")
        #expect(error?.kind == .script)
        #expect(error?.limit == nil)
    }

    @Test func `runs with the same seed do the same, in the same order`() async throws {
        let source = """
            local order = {}
            local chores = {}
            for _, g in ipairs(vmm.list()) do chores[g.guest_id] = g end
            for _, g in pairs(chores) do
              async.spawn(function()
                async.sleep(math.random(100))
                if g.status == "running" then vmm.wait_task(vmm.shutdown(g)) else vmm.wait_task(vmm.power_on(g)) end
                order[#order + 1] = g.guest_name .. " " .. tostring(order):match("%a+") .. math.random(10)
              end)
            end
            """
        func operations() async throws -> [String] {
            var test = try TestHost()
            test.configuration.seed = 42
            try await test.run(source)
            return test.events.all.compactMap { event in
                switch event {
                case .began(let report): "\(report.id) \(report.name) \(report.start.seconds)"
                case .ended(let report, _): "\(report.id) \(report.guest ?? "") \(report.time.seconds)"
                default: nil
                }
            }
        }
        let first = try await operations()
        #expect(first.count > 60)
        for _ in 1...5 { #expect(try await operations() == first) }
    }
}
