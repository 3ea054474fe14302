import DSMSimulator
import Foundation
import SimulatedVMM
import Synchronization
import SynologyVMM
import Testing
import VMMScripting
import VirtualMachines

@testable import Rehearsal
@testable import vmmlua

/// Plans of guests on a NAS, over real sockets.
@Suite struct PlanCommandTests {
    @Test func `a plan reads the guests, changes none, and shows what would be done`() async throws {
        let nas = CommandNAS(dialects: [.public])
        try await nas.server.whileServing { url in
            let ending = try await vmmlua(
                "plan",
                "rolling-restart",
                "web-*",
                "batch=2",
                "--host",
                url,
                "--detailed-exitcode",
                environment: CommandNAS.environment(url)
            )
            #expect(ending.status == 3, "\(ending.err)")
            #expect(ending.out.contains("shutdown  running → stopped"))
            #expect(ending.out.contains("8 changes of 4 guests"))
            #expect(ending.out.contains("at most 2 out of service at a time"))
            #expect(ending.err.isEmpty)
        }
        #expect(!nas.log.all.isEmpty)
        #expect(nas.log.all.allSatisfy { !$0.tookEffect })
        let methods = Set(nas.log.all.map(\.method))
        #expect(methods == ["query", "login", "list", "logout"])
        #expect(nas.server.sessionCount == 0)
    }

    @Test func `a plan comes as JSON and as a chart, and takes its time from where it is told to begin`() async throws {
        try await withFile("print(os.date('%Y-%m-%d %H:%M')) flow.stop('web-1')", named: "s.lua") { script in
            let chart = script + ".svg"
            let ending = try await vmmlua(
                "plan",
                script,
                "--simulate",
                "--at",
                "2026-12-05 02:00",
                "--output",
                "json",
                "--svg",
                chart
            )
            let plan = try JSONValue(parsing: Array(ending.out.utf8))
            #expect(plan["format"] == "vmmlua.plan" && plan["status"] == "done")
            #expect(plan["output"] == "2026-12-05 02:00\n")
            #expect(plan["seconds"] == 15 || plan["seconds"] == .number(15))
            let svg = try String(contentsOfFile: chart, encoding: .utf8)
            #expect(svg.hasPrefix("<svg") && svg.contains("web-1: stopping, 0:00 to 0:15"))
        }
    }

    @Test(arguments: [
        (["--at", "tomorrow"], "2026-12-05 02:00"), (["--at", "2026-02-31 02:00"], "there is no such time"),
        (["--assume", "luck=true"], "luck=true"), (["--horizon", "soon"], "write a time"),
        (["--svg", "/nowhere/x.svg"], "cannot write '/nowhere/x.svg'"),
    ])
    func `wrong options are told`(_ options: [String], _ words: String) async throws {
        let ending = try await RunningCommand(["plan", "rolling-restart", "--simulate"] + options).ending()
        #expect(ending.status == 2)
        #expect(ending.err.contains(words), "\(ending.err)")
    }

    /// What a run does, task by task: `1.2#3 vmm.shutdown web-1`.
    private static func operations(_ events: [RunEvent]) -> [String] {
        let all = events.compactMap { event -> (OperationID, String)? in
            guard case .ended(let report, let result) = event else { return nil }
            let outcome = if case .failure(let error) = result { error.kind.rawValue } else { "ok" }
            return (report.id, "\(report.id) \(report.name) \(report.guest ?? "-") \(outcome)")
        }
        return all.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// A cluster with some guests up and some down.
    private static func cluster(seed: UInt64, now: Timestamp) -> Cluster {
        .standard(guestCount: 8 + Int(seed % 20), seed: seed, now: now)
    }

    /// Scripts that do a bit of everything, chosen by a seed.
    private static func script(seed: UInt64) -> String {
        let batch = 1 + seed % 3
        let scripts = [
            "flow.rolling(vmm.list{ name = 'web-*' }, { batch = \(batch) }, flow.restart)",
            "async.map(vmm.list{ status = 'running' }, { limit = \(batch) }, function(g) flow.stop(g) end)",
            """
            flow.tiers({ { guests = vmm.list{ name = "web-*" } }, { guests = vmm.list{ name = "db-*" } } },
              { reverse = true, limit = \(batch) }, flow.stop)
            """,
            """
            for _, g in ipairs(vmm.list{ status = "stopped" }) do
              local change = vmm.set(g, { vram_size = 512 })
              if change.changed then flow.start(g) end
            end
            """,
            """
            local ok, e = pcall(flow.rolling, vmm.list(), { batch = \(batch), on_failure = "continue" }, function(g)
              if g.guest_name:find("%d$") then flow.restart(g) else error("left alone", 0) end
            end)
            flow.start(e.failed[1])
            """,
        ]
        return scripts[Int(seed) % scripts.count]
    }

    @Test(arguments: UInt64(1)...40)
    func `the operations of a plan are those of the run on the same guests, task by task`(_ seed: UInt64) async throws {
        let source = Self.script(seed: seed)
        let dialect: DialectName = seed.isMultiple(of: 2) ? .public : .documented
        let live = Mutex<[RunEvent]>([])
        let clock = SystemClock(speed: 200)
        let cluster = Self.cluster(seed: seed, now: clock.now)
        let server = DSMServer(
            cluster: SimulatedCluster(cluster, clock: clock),
            login: .init(account: "op", password: "word"),
            dialects: [dialect == .public ? .public : .documented]
        )
        let planned = try await server.whileServing { url -> [RunEvent] in
            var configuration = try SynologyClient.Configuration(url: url, account: "op", password: Secret("word"))
            configuration.clock = clock
            let client = SynologyClient(configuration)
            let clone = try await ClusterClone(of: client, timings: Timings(), now: clock.now)
            var rehearsal = Rehearsal(
                clone.cluster,
                view: dialect == .public ? .full : .documented,
                givesTasks: dialect == .documented
            )
            rehearsal.configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
            let run = await rehearsal.run(source, named: "test.lua")
            var host = ScriptHost.Configuration()
            host.clock = clock
            host.policy = rehearsal.configuration.policy
            host.reporters = [EventKeeper { event in live.withLock { $0.append(event) } }]
            _ = try? await ScriptHost(manager: client, configuration: host).run(source, named: "test.lua")
            await client.close()
            return run.events
        }
        let (plan, run) = (Self.operations(planned), Self.operations(live.withLock(\.self)))
        #expect(plan == run)
        #expect(plan.count > 1)
    }
}

private struct EventKeeper: Reporter {
    let body: @Sendable (RunEvent) -> Void

    func report(_ event: RunEvent) { body(event) }
}
