import DSMSimulator
import SimulatedVMM
import SynologyVMM
import Testing
import VMMScripting
import VirtualMachines

@testable import vmmlua

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
        ("bad gateway", .badGateway), ("web page", .html), ("delay", .delay(.seconds(3))),
        ("late", .delay(.seconds(120))),
        ("restart", .restart),
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

    @Test(arguments: cells)
    func `a script is told the truth, and nothing is done twice`(_ cell: Cell) async throws {
        let method = try #require(cell.work.methods[cell.dialect])
        let reads = cell.dialect == .documented ? ["List", "Get"] : ["list", "get"]
        let faults = (cell.hitsWrite ? [method] : reads)
            .map { Fault(cell.fault.effect, in: .init(api: "SYNO.Virtualization*", method: $0), times: 1) }
        let nas = FaultyNAS(cell.dialect, FaultPlan(faults))
        let problem = try await nas.run(
            cell.work.source,
            patience: cell.fault.name == "late" ? .seconds(3) : nil
        )

        let writes = nas.log.all.filter { $0.method == method && $0.tookEffect }
        #expect(writes.count <= 1, "it was done \(writes.count) times")
        if let problem {
            let kinds: [ErrorKind] = [.busy, .badAnswer, .unreachable, .outcomeUnknown]
            #expect(kinds.contains(problem.kind), "\(problem.message)")
            if problem.kind != .outcomeUnknown { #expect(writes.isEmpty, "\(problem.message)") }
        } else {
            #expect(writes.count == 1)
            #expect(try nas.status(of: cell.work.guest) == cell.work.wanted)
        }
        #expect(nas.server.sessionCount == 0)
        #expect(!nas.told.contains(CommandNAS.password))
    }

    struct Question: Sendable, CustomTestStringConvertible {
        let dialect: DialectName
        /// What is asked, and the method by which each dialect asks it.
        let read: (source: String, documented: String, other: String)
        let fault: (name: String, effect: Fault.Effect)

        var method: String { dialect == .documented ? read.documented : read.other }
        var testDescription: String { "\(dialect.rawValue) \(method): \(fault.name)" }
    }

    static let questions = DialectName.allCases.flatMap { dialect in
        [
            ("assert(#vmm.list() == 20)", "List", "list"),
            ("assert(vmm.get('web-1').status == 'running')", "Get", "get"),
        ]
        .flatMap { read in faults.map { Question(dialect: dialect, read: read, fault: $0) } }
    }

    @Test(arguments: questions)
    func `a read that meets a fault is answered in the end, and changes nothing`(_ question: Question) async throws {
        let calls = Fault.Calls(api: "SYNO.Virtualization*", method: question.method)
        let nas = FaultyNAS(question.dialect, FaultPlan([Fault(question.fault.effect, in: calls, times: 1)]))
        let patience: Duration? = question.fault.name == "late" ? .seconds(3) : nil
        let problem = try await nas.run(question.read.source, patience: patience)
        // A page instead of an answer says that this is no NAS, or not the right port: that doesn't pass by itself.
        let mayFail = ["truncated", "web page"].contains(question.fault.name)
        #expect(problem == nil || mayFail && problem?.kind == .badAnswer, "\(problem?.message ?? "")")
        #expect(nas.log.all.allSatisfy { !$0.tookEffect })
        #expect(nas.server.sessionCount == 0)
        #expect(!nas.told.contains(CommandNAS.password))
    }

    @Test(arguments: DialectName.allCases, Array(UInt64(1)...6))
    func `the rolling restart restarts each guest exactly once, whatever goes wrong with the connection`(
        _ dialect: DialectName,
        _ seed: UInt64
    ) async throws {
        let writes = dialect == .internal ? "pwr_ctl" : dialect == .documented ? "*o*" : "*o*n"
        let machines = Fault.Calls(api: "SYNO.Virtualization*")
        let changes = Fault.Calls(api: "SYNO.Virtualization*", method: writes)
        let faults = FaultPlan(
            [
                Fault(.refuse(code: 106), in: machines, skip: 4, times: 1),
                Fault(.refuse(code: 107), in: machines, skip: 12, times: 1),
                Fault(.resetBefore, in: changes, probability: 0.2),
                Fault(.resetAfter, in: changes, probability: 0.3),
                Fault(.resetBefore, in: machines, probability: 0.03),
                Fault(.restart, in: machines, skip: 20, times: 1),
            ],
            seed: seed
        )
        let nas = FaultyNAS(dialect, faults)
        let workflow = try #require(Workflow.named("rolling-restart")).script
        let problem = try await nas.run(workflow.source, arguments: ["web-*", "batch=2"])
        #expect(problem == nil, "\(problem?.message ?? ""): \(nas.failures)")
        for name in ["web-1", "web-2", "web-3", "web-4"] {
            #expect(try nas.status(of: name) == .running)
            for action in PowerAction.allCases {
                let count = try nas.effects(of: action, on: name)
                #expect(count == (action == .powerOff ? 0 : 1), "\(action) of \(name): \(count)")
            }
        }
    }

    @Test(arguments: [DialectName.public, .internal])
    func `a lost shutdown that the guest ignores is not said to have failed`(_ dialect: DialectName) async throws {
        let method = dialect == .public ? "shutdown" : "pwr_ctl"
        let nas = FaultyNAS(dialect, FaultPlan([Fault(.resetAfter, in: .init(method: method), times: 1)]))
        try nas.server.cluster.withCluster { (cluster) throws(VMMError) in
            cluster.timings.stopTimeout = .seconds(86_400)
            let id = try cluster.guest(named: "web-1").guest.id
            try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: id)
        }
        let problem = try await nas.run("vmm.shutdown('web-1')")
        #expect(problem?.kind == .outcomeUnknown, "\(problem?.message ?? "none")")
        #expect(try nas.effects(of: .shutdown, on: "web-1") == 1)
    }
}
