import SimulatedVMM
import SynologyVMM
import Testing
import VirtualMachines

@testable import Rehearsal
@testable import vmmlua

/// A script sees in its plan what it sees in its run: each field, absent where the dialect has none, in the dialect's words.
@Suite(.timeLimit(.minutes(5))) struct PlanSightTests {
    /// What a script shows, and what must be among it, by dialect, so that nothing is compared with nothing.
    struct Sight: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let source: String
        let lines: [DialectName: [String]]

        init(_ description: String, _ source: String, _ lines: [DialectName: [String]]) {
            self.testDescription = description
            self.source = source
            self.lines = lines
        }
    }

    static let sights = [
        Sight(
            "words for a guest on its way and back",
            """
            show("before", vmm.get("web-1")) vmm.shutdown("web-1") show("going", vmm.get("web-1"))
            show("listed", some("web-1")) show("down", flow.stop("web-1")) show("up", flow.start("web-1"))
            show("crashed", vmm.get("crashed")) show("lab", vmm.get("lab")) show("standby", vmm.get("standby"))
            """,
            [
                .documented: [
                    "before.raw_status = running", "going.status = shutting_down", "going.raw_status = running",
                    "down.after.raw_status = stopped", "up.after.raw_status = running", "listed.1.autorun = 1",
                    "crashed.raw_status = stopped", "lab.raw_status = paused",
                ],
                .public: [
                    "before.raw_status = running", "going.raw_status = shutting_down",
                    "down.after.raw_status = shutdown", "up.after.raw_status = running", "before.autorun = 1",
                    "before.storage_name = volume 1", "before.description = #web", "crashed.raw_status = crashed",
                    "lab.raw_status = undefined", "lab.status = unknown", "standby.raw_status = ha_standby",
                ],
                .internal: [
                    "before.host_name = nas-1", "going.raw_status = shutting_down", "going.is_acting = true",
                    "down.after.is_online = false", "up.after.is_online = true", "crashed.status_type = error",
                    "down.after.ram_used: number", "down.after.vcpu_usage: string", "up.after.vcpu_usage: number",
                ],
            ]
        ),
        Sight(
            "refusals with what the NAS says",
            """
            try(vmm.set, "web-1", { vcpu_num = 1 }) try(vmm.delete, "web-1") try(vmm.shutdown, "lab")
            try(vmm.set, "backup", { guest_name = "web-2" }) try(vmm.power_on, "standby")
            -- Where it isn't told what room there is, a plan can't know.
            if pcall(vmm.hosts) then
              try(vmm.set, "backup", { vcpu_num = 1000 }) try(vmm.set, "backup", { vram_size = 10000000 })
            end
            vmm.shutdown("web-3") try(vmm.delete, "web-3") try(vmm.power_off, "web-3")
            """,
            [
                .documented: [
                    "problem.code = 401", "problem.method = Delete", "problem.guest = web-1",
                    "problem.message = web-1 is running: vcpu_num can be changed only when it is stopped",
                ],
                .public: [
                    "problem.code = 402", "problem.code = 403", "problem.code = 902", "problem.code = 903",
                    "problem.kind = name_conflict", "problem.api = SYNO.Virtualization.API.Guest",
                    "problem.hint = read the guest's status first",
                ],
                .internal: ["problem.code = 402", "problem.kind = unsupported", "problem.method = pwr_ctl"],
            ]
        ),
        Sight(
            "a host without room",
            "try(vmm.power_on, 'big') try(vmm.power_on, 'wide') try(vmm.power_on, 'backup')",
            [
                .public: [
                    "problem.code = 903", "problem.code = 902", "problem.kind = insufficient_resources",
                    "result.action = power_on",
                ],
                .internal: [
                    "problem.code = 903", "problem.code = 902", "problem.kind = insufficient_resources",
                    "result.action = power_on",
                ],
            ]
        ),
        Sight(
            "hosts, with what is free when, and the rest",
            """
            local function all() for _, kind in ipairs{ "hosts", "networks", "storages", "images" } do try(vmm[kind]) end end
            all() flow.stop("web-1") all() flow.start("backup") all()
            """,
            [
                .documented: ["problem.kind = unsupported"],
                .public: [
                    "result.1.free_cpu_core = 24", "result.1.total_ram_size = 131072",
                    "result.1.network_name = default",
                ],
                .internal: [
                    "result.1.free_cpu_core = 24", "result.1.total_ram_size = 131072", "problem.kind = unsupported",
                ],
            ]
        ),
        Sight(
            "tasks, those from before too",
            """
            local function all() show("task", vmm.tasks()) end
            try(all) show("asked", vmm.shutdown("web-1")) try(all)
            try(flow.stop, "web-1") try(all) try(vmm.wait_task, "task_12345")
            """,
            [
                .documented: [
                    "task.1.guest_name = mail", "task.2.status = running", "task.2.action = shutdown",
                    "task.2.progress: number", "task.2.progress = 100", "asked.task_id: string",
                    "task.2.changed = true",
                ],
                .public: ["task.1.guest_name = mail", "task.2.status = running"],
                .internal: ["problem.kind = unsupported", "asked.changed = true"],
            ]
        ),
        Sight(
            "what a list doesn't tell of a guest",
            """
            for _, detail in ipairs{ "network", "storage", "snapshot" } do
              try(vmm.get, "web-1", { additional = { detail } })
            end
            flow.stop("web-1") try(vmm.get, "web-1", { additional = { "network", "storage" } })
            """,
            [
                .documented: [
                    "result.network.1.network_name = default", "result.snapshot.1.snapshot_name = before update",
                ],
                .public: [
                    "result.network.1.model = 1", "result.storage.1.vdisk_size = 51200", "problem.kind = unsupported",
                ],
                .internal: ["problem.kind = unsupported"],
            ]
        ),
        Sight(
            "changes and what became of many",
            """
            try(vmm.set, "backup", { autorun = 1, vram_size = 2048 }) try(vmm.set, "backup", { vram_size = 2048 })
            try(vmm.set, "backup", { guest_name = "store", description = "now #kept" })
            try(flow.rolling, some("web-*", "lab"), { batch = 2, on_failure = "continue" }, flow.stop)
            try(flow.rolling, some("web-*"), { batch = "100%" }, flow.start) try(vmm.delete, "build-2")
            """,
            [
                .documented: [
                    "result.before.vram_size = 4096", "result.after.autorun = 1", "result.changed = false",
                    "problem.errors.1.code = 401", "problem.done.1.raw_status = running",
                    "result.done.1.raw_status = stopped",
                ],
                .public: [
                    "result.after.description = now #kept", "result.after.tags.1 = kept",
                    "result.after.guest_name = store",
                    "problem.errors.1.code = 402", "result.done.1.raw_status = shutdown",
                ],
                .internal: ["problem.kind = unsupported", "problem.errors.1.code = 402"],
            ]
        ),
    ]

    /// One with guests in states and of sizes that matter here, and a task that has ended.
    private static func cluster(_ dialect: DialectName) throws -> Cluster {
        var standard = Cluster.standard(now: VirtualClock().now)
        var guests = standard.guests
        func change(_ name: String, _ body: (inout Guest) -> Void) {
            for index in guests.indices where guests[index].guest.name == name { body(&guests[index].guest) }
        }
        change("legacy") { ($0.name, $0.status, $0.rawStatus) = ("crashed", .crashed, "crashed") }
        // The documented dialect would call a standby stopped.
        let standby: GuestStatus = dialect == .documented ? .running : .standby
        change("vpn") { ($0.name, $0.status, $0.rawStatus) = ("standby", standby, standby.rawValue) }
        if dialect != .documented {
            change("staging-1") { ($0.name, $0.memoryMB) = ("big", 120_000) }
            change("staging-2") { ($0.name, $0.vcpuCount) = ("wide", 60) }
        }
        var host = standard.hosts[0]
        let used = guests.filter { !$0.guest.status.isDown }.compactMap(\.guest.vcpuCount).reduce(0, +)
        (host.vcpuCapacity, host.memoryCapacityMB) = (used + 20, 131_072)
        standard = Cluster(
            hosts: [host],
            storages: standard.storages,
            networks: standard.networks,
            images: standard.images,
            guests: guests,
            now: standard.now
        )
        _ = try standard.power(.shutdown, try standard.guest(named: "mail").guest.id)
        standard.advance(to: standard.now + .seconds(60))
        return standard
    }

    @Test(arguments: sights, DialectName.allCases)
    func `a plan shows a script what the run shows it`(_ sight: Sight, _ dialect: DialectName) async throws {
        let both = try await PlannedAndRun(
            RandomScript.prelude + sight.source,
            allow: ["vmm.*"],
            in: dialect,
            of: try Self.cluster(dialect)
        )
        #expect(both.differences.isEmpty)
        #expect(both.plan.output == both.run.output)
        for line in sight.lines[dialect] ?? [] { #expect(both.run.lines.contains(line), "\(line): \(both.run.output)") }
    }

    /// Each with what it needs, beside those that every plan of a shutdown has.
    @Test(
        arguments: [
            ("flow.stop('web-1')", DialectName.public, []), ("flow.stop('web-1')", .documented, [.tasks]),
            ("flow.stop('web-1')", .internal, [.usage]), ("flow.start('backup')", .documented, [.unknownRoom, .tasks]),
            ("flow.start('backup')", .internal, [.usage]), ("vmm.tasks() vmm.networks()", .public, []),
            ("vmm.shutdown('web-1') vmm.tasks()", .public, [.tasks]),
            ("if os.date('%H') == '25' then vmm.list() end", .internal, [.clock]),
        ] as [(String, DialectName, [Assumption])]
    )
    func `what no plan can know is said where the script had to do with it`(
        _ source: String,
        _ dialect: DialectName,
        _ expected: [Assumption]
    ) async throws {
        let cluster = Cluster.standard(now: VirtualClock().now)
        let both = try await PlannedAndRun(source, allow: [], in: dialect, of: cluster)
        #expect(both.differences.isEmpty)
        let assumptions = both.assumptions.filter { if case .durations = $0 { false } else { true } }
        #expect(assumptions == expected)
    }
}
