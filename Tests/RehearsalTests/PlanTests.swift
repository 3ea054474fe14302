import LuaRuntime
import SimulatedVMM
import Testing
import VMMScripting
import VirtualMachines

@testable import Rehearsal

/// What a plan tells of a rehearsal.
@Suite struct PlanTests {
    private func plan(
        _ source: String,
        allow: [String] = ["vmm.*"],
        cluster: Cluster = .standard(),
        _ change: (inout Rehearsal) -> Void = { _ in }
    ) async throws -> (plan: Plan, run: RehearsedRun) {
        var rehearsal = Rehearsal(cluster)
        rehearsal.configuration.policy = PermissionPolicy(allow: try allow.map { try PermissionRule($0) })
        change(&rehearsal)
        let run = await rehearsal.run(source, named: "test.lua")
        return (Plan(run), run)
    }

    @Test func `a restart is two changes, with their time and steps, and one outage`() async throws {
        let (plan, run) = try await plan("flow.step('one', function() flow.restart('web-1') end)")
        #expect(run.error == nil)
        #expect(plan.changes.map(\.action) == ["shutdown", "power_on"])
        #expect(plan.changes.map(\.change) == ["running → stopped", "stopped → running"])
        #expect(plan.changes.map(\.time) == [.zero, .seconds(15)])
        #expect(plan.changes.allSatisfy { $0.steps == ["one", "restart"] && $0.guest == "web-1" })
        let timeline = try #require(plan.timelines.first)
        #expect(timeline.segments.map(\.phase) == [.stopping, .starting])
        #expect(!timeline.staysDown)
        #expect(plan.longestOutage?.duration == .seconds(35))
        #expect(plan.duration == .seconds(35))
        #expect(plan.peakOutOfService == 1 && plan.guestCount == 1)
    }

    @Test func `guests beside each other are counted, and one after the other are not`() async throws {
        let source = "flow.rolling(vmm.list{ name = 'web-*' }, { batch = 2 }, flow.restart)"
        let (plan, _) = try await plan(source)
        #expect(plan.peakOutOfService == 2)
        #expect(plan.guestCount == 4)
        #expect(plan.duration == .seconds(70))
    }

    @Test func `a guest that is shut down stays down, and one that nobody waits for is counted too`() async throws {
        let (plan, _) = try await plan("vmm.shutdown('web-1') vmm.power_on('backup') async.sleep('5s')")
        let stays = Dictionary(uniqueKeysWithValues: plan.timelines.map { ($0.guest, $0.staysDown) })
        #expect(stays == ["web-1": true, "backup": false])
        #expect(plan.timelines.first { $0.guest == "web-1" }?.outages.first?.end == nil)
    }

    @Test func `settings, names and deletions are told from what to what; what changes nothing is not`() async throws {
        let (plan, run) = try await plan(
            """
            vmm.set("backup", { vram_size = 512, guest_name = "store" })
            vmm.set("store", { vram_size = 512 })
            flow.start("web-1")
            vmm.delete("store")
            """
        )
        #expect(run.error == nil)
        let memory = Cluster.standard().guests.first { $0.guest.name == "backup" }?.guest.memoryMB ?? 0
        #expect(plan.changes.map(\.change) == ["memory \(memory) → 512 MB, name backup → store", "gone for good"])
        #expect(plan.timelines.isEmpty)
    }

    @Test func `reads after writes see the planned state`() async throws {
        let (_, run) = try await plan(
            "flow.stop('web-1') if vmm.get('web-1').status == 'stopped' then print('branched') end"
        )
        #expect(run.output == "branched\n")
    }

    @Test func `what would be refused is told once, with how often`() async throws {
        let source = """
            for _ = 1, 3 do pcall(vmm.shutdown, "lab") end
            pcall(vmm.set, "web-1", { vcpu_num = 1 })
            async.spawn(vmm.shutdown, "web-2"):cancel()
            """
        let (plan, _) = try await plan(source, allow: ["vmm.shutdown"])
        #expect(plan.refusals.map(\.action) == ["shutdown", "set"])
        #expect(plan.refusals.map(\.guest) == ["lab", "web-1"])
        #expect(plan.refusals.map(\.count) == [3, 1])
        #expect(plan.refusals.last?.message.contains("permission vmm.set") == true, "\(plan.refusals)")
        #expect(plan.changes.isEmpty)
    }

    @Test func `probes are assumed, and named once with how often`() async throws {
        let source =
            "for _ = 1, 3 do print(probe.tcp('db', 5432)) end print(probe.http('http://web-1/ok', { body = 'x' }))"
        let (plan, run) = try await plan(source, allow: ["net"])
        #expect(run.output == "true\ntrue\ntrue\ntrue\n", "\(run.error?.message ?? "")")
        #expect(
            plan.assumptions == [
                .probes(host: "db", succeed: true, count: 3), .probes(host: "web-1", succeed: true, count: 1),
            ]
        )
        let (_, pessimist) = try await self.plan(source, allow: ["net"]) { $0.answers.probe = false }
        #expect(pessimist.output.hasPrefix("false"))
    }

    @Test(arguments: [
        ("print(math.random(9))", true), ("math.randomseed() print(math.random(9))", true),
        ("math.randomseed(7) print(math.random(9))", false), ("print(math.random(9)) math.randomseed(7)", true),
        ("math.randomseed(7) math.randomseed() print(math.random(9))", false), ("vmm.list()", false),
        ("local draw = math.random print(draw())", true),
    ])
    func `a plan says that lots are drawn, and the seed that draws the same`(_ source: String, _ draws: Bool)
        async throws
    {
        let (plan, run) = try await plan(source)
        let seeds = plan.assumptions.compactMap { if case .chance(let seed) = $0 { seed } else { nil } }
        #expect(seeds.count == (draws ? 1 : 0))
        // Who has given a seed knows of it.
        let seed = seeds.first ?? 1
        let (again, sameRun) = try await self.plan(source) { $0.configuration.seed = seed }
        #expect(sameRun.output == run.output)
        #expect(again.assumptions.isEmpty)
    }

    @Test(arguments: [
        ("print(os.time())", true), ("print(os.clock())", true), ("print(os.date())", true),
        ("print(os.date('%F', 0))", false), ("print(os.time{ year = 2026, month = 1, day = 1 })", false),
        ("flow.wait_for({}, function() return true end)", false),
    ])
    func `a plan says that the script reads the clock`(_ source: String, _ reads: Bool) async throws {
        #expect(try await plan(source).plan.assumptions == (reads ? [.clock] : []))
    }

    @Test func `a plan that goes on beyond its horizon ends there, and names the line`() async throws {
        let (plan, run) = try await plan("flow.restart('web-1')\nasync.sleep('2d')\n") {
            $0.horizon = .seconds(3_600)
        }
        #expect(run.error?.kind == .limitExceeded)
        #expect(run.error?.position?.line == 2)
        #expect(
            run.error?.message.hasPrefix("the plan ends here") == true && run.error?.hint?.contains("--horizon") == true
        )
        #expect(plan.changes.count == 2)
    }

    @Test func `a plan shows that the run would be ended by its limit of time, where that comes before the horizon`()
        async throws
    {
        let (_, run) = try await plan("flow.restart('web-1')\nasync.sleep('2d')\n") {
            $0.configuration.limits.time = .seconds(600)
            $0.horizon = .seconds(3_600)
        }
        #expect(
            run.error?.description
                == "test.lua:2: the script was ended: it reached its limit of 10m to run (allow more with --timeout)"
        )
    }

    @Test(arguments: [
        "while true do\nvmm.get('web-1')\nend",
        "flow.stop('web-1')\nasync.map(vmm.list{ status = 'running' }, flow.restart)",
        "local l = vmm.list{ status = 'running' }\nflow.rolling(l, { batch = '100%' }, flow.restart)",
    ])
    func `a plan that reaches the limit of operations names the line at which the script is`(_ source: String)
        async throws
    {
        let (_, run) = try await plan(source) { $0.configuration.limits.operations = 20 }
        #expect(run.error?.message.contains("20 operations") == true)
        #expect(run.error?.position == .init(chunk: "test.lua", line: 2))
    }

    @Test func `what the script may not do is refused as in a run`() async throws {
        let (plan, run) = try await plan("vmm.delete('backup')", allow: [])
        #expect(run.error?.kind == .permissionDenied)
        #expect(plan.changes.isEmpty)
    }

    @Test func `three hours over a thousand guests are planned in the order of their batches`() async throws {
        let source = "flow.rolling(vmm.list{ status = 'running' }, { batch = 50, pause = '8m' }, flow.restart)"
        let (plan, run) = try await plan(source, cluster: .standard(guestCount: 1_333))
        #expect(run.error == nil, "\(run.error?.message ?? "")")
        #expect(plan.peakOutOfService == 50)
        #expect(plan.duration > .seconds(9_000))
    }
}
