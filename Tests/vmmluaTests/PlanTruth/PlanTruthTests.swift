import Foundation
import SimulatedVMM
import SynologyVMM
import Testing
import VirtualMachines

@testable import Rehearsal
@testable import vmmlua

/// A plan tells what the run will do: the same operations, task by task, and the same to see, where nothing goes wrong meanwhile.
@Suite(.timeLimit(.minutes(20))) struct PlanTruthTests {
    /// What scripts may do here.
    private static let allowed = ["vmm.*", "net"]

    /// How many scenarios there are; more than 200 where the environment asks for them.
    private static let scenarioCount =
        ProcessInfo.processInfo.environment["VMMLUA_PLAN_SCENARIOS"].flatMap(Int.init) ?? 200

    /// Some at a time: each has a NAS of its own, with its sockets.
    @Test(arguments: 0..<20)
    func `a plan does and shows what the run does and shows on the same guests, task by task`(_ part: Int) async throws
    {
        let count = max(1, Self.scenarioCount / 20)
        for seed in (1...count).map({ UInt64(part * count + $0) }) {
            let guestCount = seed.isMultiple(of: 8) ? 20 : 6 + Int(seed % 8)
            let dialect = DialectName.allCases[Int(seed) % DialectName.allCases.count]
            // The documented dialect doesn't tell what room there is, so that no plan can know.
            let isCrowded = seed.isMultiple(of: 5) && dialect != .documented
            let cluster = Cluster.varied(guestCount: guestCount, seed: seed, dialect, isCrowded: isCrowded)
            let source = RandomScript.source(
                seed: seed,
                guests: cluster.guests.map(\.guest.name),
                isSequential: isCrowded
            )
            let both = try await PlannedAndRun(
                source,
                allow: Self.allowed,
                in: dialect,
                of: cluster,
                seed: seed,
                // Thousands of questions over sockets take their time: not all need to be asked to find out the same.
                foresees: !seed.isMultiple(of: 40)
            )
            let scenario = Comment(rawValue: "seed \(seed), \(dialect.rawValue):\n\(source)")
            #expect(both.differences.isEmpty, scenario)
            #expect(!both.plan.operations.isEmpty || !both.plan.output.isEmpty, scenario)
        }
    }

    /// Each with what has it do something, and with the permissions that this needs.
    private static let workflows: [(name: String, arguments: [String], allow: [String])] = [
        ("rolling-restart", ["web-*", "batch=2", "pause=30s"], []),
        ("rolling-restart", ["*", "batch=50%", "health=http://{name}/ok"], ["net"]),
        ("staged-shutdown", ["web-*, mail then db-* then build-*"], []),
        ("staged-shutdown", ["web-* then db-*", "force=true"], ["vmm.power_off"]),
        ("ups-shutdown", ["within=8m", "last=dns, db-*"], ["vmm.power_off"]),
        ("ups-shutdown", ["within=40s", "reserve=30s"], ["vmm.power_off"]),
        ("resize", ["db-1", "mb=8192", "cpus=4", "port=5432"], ["vmm.set", "net"]),
        ("resize", ["backup", "cpus=1"], ["vmm.set"]),
        ("nightly-maintenance", ["web", "batch=2", "window=00:00-23:59"], []),
        ("audit", ["csv"], []),
    ]

    @Test(arguments: workflows.indices, DialectName.allCases)
    func `a shipped workflow does what its plan tells, in each dialect`(_ index: Int, _ dialect: DialectName)
        async throws
    {
        let (name, arguments, allow) = Self.workflows[index]
        let script = try #require(Workflow.named(name)).script
        let both = try await PlannedAndRun(
            String(decoding: script.source, as: UTF8.self),
            named: script.name,
            arguments: arguments,
            allow: allow,
            in: dialect,
            // Without one that is paused: it is asked again until the very moment at which ups-shutdown cuts its power.
            of: .standard(guestCount: 18, now: VirtualClock().now),
            // All that wait ask time and again in the dialect that NASes on the market serve.
            foresees: dialect != .public
        )
        #expect(both.differences.isEmpty, "\(name), \(dialect.rawValue): \(both.run.ending)")
        #expect(!both.plan.operations.isEmpty)
        // The documented dialect tells no descriptions, and the internal one changes no settings.
        if (name, dialect) != ("nightly-maintenance", .documented), (name, dialect) != ("resize", .internal) {
            let ending = arguments[0] == "within=40s" ? "timeout" : "done"
            #expect(both.run.ending == [ending])
        }
    }

    /// What a plan has told wrongly: it had the dialect say or do what it can't.
    @Test(
        arguments: [
            "async.map(vmm.list{ host = 'nas-1', status = 'running' }, flow.stop)",
            "vmm.set('backup', { description = '#x' }) flow.start('backup')",
            "vmm.set('backup', { autorun = 2 }) flow.start('backup')",
            "vmm.set('backup', { vcpu_num = 1 }) flow.start('backup')",
            "vmm.wait_task(vmm.power_off('web-1')) vmm.delete('web-1')",
            "vmm.wait_task(vmm.power_off('lab', { force = true })) flow.start('lab')",
            "vmm.get('web-1', { additional = { 'snapshot' } }) flow.stop('web-1')",
            "vmm.hosts() vmm.networks() vmm.tasks() flow.stop('web-1')",
        ],
        DialectName.allCases
    )
    func `a plan has no more words than the dialect`(_ source: String, _ dialect: DialectName) async throws {
        let cluster = Cluster.standard(now: VirtualClock().now)
        let both = try await PlannedAndRun(source, allow: Self.allowed, in: dialect, of: cluster)
        #expect(both.differences.isEmpty)
    }
}
