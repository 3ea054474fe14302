import DSMSimulator
import SimulatedVMM
import SynologyVMM
import VMMScripting
import VirtualMachines

@testable import Rehearsal
@testable import vmmlua

/// A script's plan, and its run on the same guests over real sockets right after.
struct PlannedAndRun {
    let plan: RehearsedRun
    /// What the plan takes for granted.
    let assumptions: [Assumption]
    let run: RehearsedRun

    init(
        _ source: String,
        named name: String = "test.lua",
        arguments: [String] = [],
        allow: [String],
        in dialect: DialectName,
        of cluster: Cluster,
        seed: UInt64 = 0,
        foresees: Bool = false
    ) async throws {
        let clock = VirtualClock(start: cluster.now)
        let policy = PermissionPolicy(allow: try allow.map { try PermissionRule($0) })
        let server = DSMServer(
            cluster: SimulatedCluster(cluster, clock: clock),
            login: .init(account: "op", password: "word"),
            dialects: [DSMSimulator.Dialect(dialect)]
        )
        (plan, assumptions, run) = try await server.whileServing { url in
            let client = SynologyClient(try .init(url: url, account: "op", password: Secret("word")))
            let clone = try await ClusterClone(of: client, timings: Timings(), now: clock.now)
            var rehearsal = Rehearsal(clone.cluster, of: client, speaking: dialect)
            rehearsal.configuration.policy = policy
            rehearsal.configuration.seed = seed
            let plan = await rehearsal.run(source, named: name, arguments: arguments)

            let nas = DistantManager(
                client,
                clock: clock,
                foreseen: foresees ? server.cluster : nil,
                seed: seed
            )
            var configuration = ScriptHost.Configuration()
            configuration.policy = policy
            configuration.seed = seed
            configuration.clock = clock
            configuration.onIdle = { nas.isQuiet && clock.advanceToNextDeadline() }
            configuration.prober = WillingProber()
            configuration.approver = WillingApprover()
            let run = await RehearsedRun(
                of: Array(source.utf8),
                named: name,
                arguments: arguments,
                on: nas,
                startingFrom: cluster,
                configuration
            )
            await client.close()
            return (plan, Plan(plan, remarks: clone.remarks(on: plan)).assumptions, run)
        }
    }
}

extension PlannedAndRun {
    /// What only one of the two did, printed or ended with, a line each.
    var differences: [String] {
        [\RehearsedRun.operations, \.lines, \.ending]
            .flatMap { aspect in
                run[keyPath: aspect].difference(from: plan[keyPath: aspect])
                    .map { change in
                        switch change {
                        case .insert(_, let text, _): "run:  \(text)"
                        case .remove(_, let text, _): "plan: \(text)"
                        }
                    }
            }
    }
}

extension RehearsedRun {
    /// What it did, task by task, and how each ended: `1.2#3 vmm.shutdown web-1 ok`.
    var operations: [String] {
        let all = events.compactMap { event -> (OperationID, String)? in
            guard case .ended(let report, let result) = event else { return nil }
            let outcome = if case .failure(let error) = result { error.kind.rawValue } else { "ok" }
            return (report.id, "\(report.id) \(report.name) \(report.guest ?? "-") \(outcome)")
        }
        return all.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// What it printed, in no order: those of other tasks may come in between.
    var lines: [String] { output.split(separator: "\n").map(String.init).sorted() }

    /// How it ended.
    var ending: [String] { [error?.kind.rawValue ?? "done"] }
}

extension DSMSimulator.Dialect {
    fileprivate init(_ name: DialectName) {
        self =
            switch name {
            case .documented: .documented
            case .public: .public
            case .internal: .internal
            }
    }
}

/// Where everything answers that is probed.
private struct WillingProber: Prober {
    func addresses(of host: String, timeout: Duration) async throws(CancellationError) -> ProbeAnswer<[IPAddress]> {
        .answered([IPAddress("10.0.0.1")].compactMap(\.self))
    }

    func connect(to: IPAddress, port: Int, timeout: Duration) async throws(CancellationError) -> ProbeAnswer<Void> {
        .answered(())
    }

    func get(
        _ url: ProbeURL,
        at address: IPAddress,
        connecting: Duration,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<HTTPAnswer> {
        .answered(HTTPAnswer(status: 200, body: []))
    }
}

/// Who says yes.
private struct WillingApprover: Approver {
    func approval(of question: String, until deadline: Timestamp?) async throws(CancellationError) -> Approval {
        Approval(isGiven: true, by: "the test")
    }
}
