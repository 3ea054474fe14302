import DSMSimulator
import SimulatedVMM
import Synchronization
import SynologyVMM
import Testing
import VMMScripting
import VirtualMachines

/// Every fault, at every operation, in every dialect that has it, over real sockets.
@Suite struct FaultMatrixTests {
    /// One operation, and what it is called in each dialect.
    struct Work: Sendable, CustomStringConvertible {
        let name: String
        let source: String
        let guest: String
        /// The guest's status at the end; nil for a guest that is gone.
        let wanted: GuestStatus?
        let methods: [DialectName: String]

        var description: String { name }
    }

    static let works = [
        Work(
            name: "power_on",
            source: "vmm.wait_task(vmm.power_on('backup'))",
            guest: "backup",
            wanted: .running,
            methods: [.documented: "PowerOn", .public: "poweron", .internal: "pwr_ctl"]
        ),
        Work(
            name: "shutdown",
            source: "vmm.wait_task(vmm.shutdown('web-1'))",
            guest: "web-1",
            wanted: .stopped,
            methods: [.documented: "Shutdown", .public: "shutdown", .internal: "pwr_ctl"]
        ),
        Work(
            name: "power_off",
            source: "vmm.wait_task(vmm.power_off('web-1', { force = true }))",
            guest: "web-1",
            wanted: .stopped,
            methods: [.documented: "PowerOff", .public: "poweroff", .internal: "pwr_ctl"]
        ),
        Work(
            name: "set",
            source: "assert(vmm.set('backup', { autorun = 1 }).after.autorun == 1)",
            guest: "backup",
            wanted: .stopped,
            methods: [.documented: "Set", .public: "set"]
        ),
        Work(
            name: "delete",
            source: "vmm.delete('backup')",
            guest: "backup",
            wanted: nil,
            methods: [.documented: "Delete", .public: "delete"]
        ),
    ]

    static let faults: [(name: String, effect: Fault.Effect)] = [
        ("reset before", .resetBefore), ("reset after", .resetAfter), ("truncated", .truncate),
        ("bad gateway", .badGateway), ("web page", .html), ("delay", .delay(.seconds(3))), ("restart", .restart),
        ("session timed out", .refuse(code: 106)), ("displaced", .refuse(code: 107)), ("busy", .refuse(code: 117)),
        ("busy too", .refuse(code: 118)), ("session unknown", .refuse(code: 119)),
    ]

    struct Cell: Sendable, CustomTestStringConvertible {
        let dialect: DialectName
        let work: Work
        let fault: (name: String, effect: Fault.Effect)
        let hitsWrite: Bool

        var testDescription: String {
            "\(dialect.rawValue) \(work.name): \(fault.name) at \(hitsWrite ? "the write" : "reads")"
        }
    }

    static let cells = DialectName.allCases.flatMap { dialect in
        works.filter { $0.methods[dialect] != nil }
            .flatMap { work in
                faults.flatMap { fault in
                    [true, false].map { Cell(dialect: dialect, work: work, fault: fault, hitsWrite: $0) }
                }
            }
    }

    /// Time goes by so many times as fast.
    private static let speed = 100.0

    @Test(arguments: cells)
    func `a script is told the truth, and nothing is done twice`(_ cell: Cell) async throws {
        let clock = SystemClock(speed: Self.speed)
        let cluster = SimulatedCluster(.standard(now: clock.now), clock: clock)
        let log = RequestLog()
        let method = try #require(cell.work.methods[cell.dialect])
        let reads = cell.dialect == .documented ? ["List", "Get"] : ["list", "get"]
        let faults = (cell.hitsWrite ? [method] : reads)
            .map { Fault(cell.fault.effect, in: .init(api: "SYNO.Virtualization*", method: $0), times: 1) }
        let served = DSMSimulator.Dialect(rawValue: cell.dialect.rawValue)
        let server = DSMServer(
            cluster: cluster,
            login: .init(account: "op", password: CommandNAS.password),
            dialects: Set([served].compactMap(\.self)),
            faults: FaultPlan(faults),
            log: log
        )
        let events = Mutex<[String]>([])
        let problem = try await server.whileServing { url -> ScriptError? in
            var configuration = try SynologyClient.Configuration(
                url: url,
                account: "op",
                password: Secret(CommandNAS.password)
            )
            configuration.clock = clock
            let client = SynologyClient(configuration)
            var hostConfiguration = ScriptHost.Configuration()
            hostConfiguration.clock = clock
            hostConfiguration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
            hostConfiguration.reporters = [ClosureReporter { event in events.withLock { $0.append("\(event)") } }]
            let host = ScriptHost(manager: client, configuration: hostConfiguration)
            var problem: ScriptError?
            do throws(ScriptError) { try await host.run(cell.work.source, named: "test.lua") } catch { problem = error }
            await client.close()
            return problem
        }

        let writes = log.all.filter { $0.method == method && $0.tookEffect }
        #expect(writes.count <= 1, "it was done \(writes.count) times")
        if let problem {
            let kinds: [ErrorKind] = [.busy, .badAnswer, .unreachable, .outcomeUnknown]
            #expect(kinds.contains(problem.kind), "\(problem.message)")
            if problem.kind != .outcomeUnknown { #expect(writes.isEmpty, "\(problem.message)") }
        } else {
            #expect(writes.count == 1)
            let status = try cluster.withCluster { (cluster) throws(VMMError) in
                cluster.guests.first { $0.guest.name == cell.work.guest }?.status(in: .documented)
            }
            #expect(status == cell.work.wanted)
        }
        #expect(server.sessionCount == 0)
        let told = events.withLock(\.self).joined() + "\(problem.map { "\($0)" } ?? "")" + "\(log.all)"
        #expect(!told.contains(CommandNAS.password))
    }
}

/// Passes events on to a closure.
private struct ClosureReporter: Reporter {
    let body: @Sendable (RunEvent) -> Void

    func report(_ event: RunEvent) { body(event) }
}
