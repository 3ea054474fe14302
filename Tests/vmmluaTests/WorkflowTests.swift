import Rehearsal
import SimulatedVMM
import Testing
import VMMScripting

@testable import vmmlua

/// The shipped workflows where not all goes well.
@Suite(.timeLimit(.minutes(2))) struct WorkflowTests {
    @Test("a rolling restart begins no guest after the first failure, and tells what became of each")
    func failedRestart() async throws {
        let nas = CommandNAS()
        try nas.makeStubborn("web-2")
        try await nas.server.whileServing { url in
            let ending = try await vmmlua("run", "rolling-restart", environment: CommandNAS.environment(url))
            #expect(ending.status == 1)
            #expect(ending.out == "restarted:    web-1\n")
            #expect(ending.err.contains("1 of 4 guests failed: web-2 ("), "\(ending.err)")
            #expect(ending.err.contains("; done: web-1; not begun: web-3, web-4\n"))
        }
        #expect(try nas.guests(of: "Shutdown") == ["web-1", "web-2"])
        #expect(try nas.guests(of: "PowerOn") == ["web-1"])
    }

    @Test("staged-shutdown takes one tier after the other")
    func stagedShutdown() async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            let environment = CommandNAS.environment(url)
            let ending = try await vmmlua("run", "staged-shutdown", "web-*, backup then db-*", environment: environment)
            #expect(ending.status == 0, "\(ending.err)")
            #expect(ending.out == "tier 1: down: backup, web-1, web-2, web-3, web-4\ntier 2: down: db-1, db-2\n")
        }
        let order = try nas.guests(of: "Shutdown")
        #expect(order.prefix(4).sorted() == ["web-1", "web-2", "web-3", "web-4"])
        #expect(order.dropFirst(4).sorted() == ["db-1", "db-2"])
    }

    @Test("a guest that doesn't stop keeps the later tiers from being touched, unless it may be forced")
    func stubbornGuest() async throws {
        let nas = CommandNAS()
        try nas.makeStubborn("web-1")
        try await nas.server.whileServing { url in
            let environment = CommandNAS.environment(url)
            let unforced = try await vmmlua("run", "staged-shutdown", "web-1 then db-*", environment: environment)
            #expect(unforced.status == 1)
            #expect(unforced.out.isEmpty)
            #expect(unforced.err.contains("tier 1: 1 of 1 guests failed: web-1 ("))
            #expect(unforced.err.contains("; not begun: db-1, db-2\n"), "\(unforced.err)")
            let forbidden = try await RunningCommand(
                ["run", "staged-shutdown", "web-1 then db-*", "force=true"],
                environment: environment
            )
            .ending()
            #expect(forbidden.status == 1)
            #expect(forbidden.err.contains("force=true needs --allow vmm.power_off"))
            #expect(try nas.guests(of: "PowerOff").isEmpty)
            #expect(try nas.guests(of: "Shutdown") == ["web-1"])
            let forced = try await RunningCommand(
                ["run", "staged-shutdown", "web-1 then db-*", "force=true", "--allow", "vmm.power_off"],
                environment: environment
            )
            .ending()
            #expect(forced.status == 0, "\(forced.err)")
        }
        #expect(try nas.guests(of: "PowerOff") == ["web-1"])
    }

    @Test("with force, the power of a guest that can't be asked to shut down is cut")
    func pausedGuest() async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            let ending = try await RunningCommand(
                ["run", "staged-shutdown", "lab then db-*", "force=true", "--allow", "vmm.power_off"],
                environment: CommandNAS.environment(url)
            )
            .ending()
            #expect(ending.status == 0, "\(ending.err)")
            #expect(ending.err.contains("cutting its power, as it does not shut down  guest=\"lab\"\n"))
        }
        #expect(try nas.guests(of: "PowerOff") == ["lab"])
    }

    @Test(
        "a window has the length that the clock shows on the day on which it is changed",
        arguments: [
            ("Europe/Berlin", "2026-03-28 12:00", "02:00-03:00", false),
            // From 02:00 the clocks go forward to 03:00.
            ("Europe/Berlin", "2026-03-29 01:30", "01:00-03:30", true),
            ("Europe/Berlin", "2026-03-29 03:10", "02:30-04:00", true),
            ("Europe/Berlin", "2026-03-29 03:10", "02:00-03:00", false),
            ("Europe/Berlin", "2026-03-29 12:00", "02:00-03:00", false),
            ("Europe/Berlin", "2026-03-29 23:00", "02:00-03:00", false),
            ("Europe/Berlin", "2026-03-29 12:00", "02:30-03:00", false),
            ("Europe/Berlin", "2026-03-30 01:00", "02:00-03:00", false),
            ("Europe/Berlin", "2026-03-30 02:10", "02:00-03:00", true),
            ("America/New_York", "2026-03-08 15:00", "02:00-03:00", false),
            // At midnight they go forward to 01:00.
            ("America/Santiago", "2026-09-06 01:05", "23:30-02:00", true),
            // From 03:00 they go back to 02:00.
            ("Europe/Berlin", "2026-10-25 02:10", "02:00-02:45", true),
            ("Europe/Berlin", "2026-10-25 03:10", "02:00-03:00", false),
            ("UTC", "2026-10-25 12:00", "02:00-02:00", true),
        ]
    )
    func windowWhenClocksChange(zone: String, time: String, window: String, isOpen: Bool) async throws {
        let scenario = "guests:\n  - {name: web-1, description: \"#nightly\", memory_mb: 1024}\n"
        let ending = try await withFile(scenario, named: "s.yaml") { path in
            try await RunningCommand(
                [
                    "plan", "nightly-maintenance", "window=\(window)", "timeout=10m", "--simulate", "--scenario", path,
                    "--at", time,
                ],
                environment: ["TZ": zone]
            )
            .ending()
        }
        #expect(ending.out.contains("power_on") == isOpen, "\(ending.out)\(ending.err)")
        #expect(ending.err.contains("outside of the window \(window)") == !isOpen, "\(ending.err)")
    }

    /// Shutting down takes 15 s, booting 20 s.
    @Test("a resize that is cancelled at any moment leaves the guest running, as large as it was", arguments: 1...45)
    func cancelledResize(_ seconds: Int) async throws {
        let workflow = try #require(Workflow.named("resize")).script
        var rehearsal = Rehearsal(.standard())
        rehearsal.configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
        rehearsal.configuration.limits.time = .seconds(seconds)
        let run = await rehearsal.run(workflow.source, named: workflow.name, arguments: ["web-1", "mb=6144"])
        #expect(run.error?.limit == .time)
        #expect(run.output == "web-1 is back at 4096 MB and 2 CPUs\n")
        let plan = Plan(run)
        let settings = plan.changes.filter { $0.action == "set" }.map(\.change)
        #expect(settings.isEmpty || settings == ["memory 4096 → 6144 MB", "memory 6144 → 4096 MB"], "\(settings)")
        #expect(plan.timelines.first?.segments.last?.phase == .starting && plan.timelines.first?.staysDown == false)
    }

    @Test("a tier that no guest is in is a failure before anything is shut down")
    func emptyTier() async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            let environment = CommandNAS.environment(url)
            let ending = try await vmmlua("run", "staged-shutdown", "web-* then bd-*", environment: environment)
            #expect(ending.status == 1)
            #expect(ending.err.contains("no guest is called 'bd-*'"))
        }
        #expect(try nas.guests(of: "Shutdown").isEmpty)
    }
}
