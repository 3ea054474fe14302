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

    /// What goes wrong with a call.
    struct Trouble: Sendable {
        let name: String
        let effect: Fault.Effect
        /// How long the client waits for an answer, in real time; nil for its usual time.
        var patience: Duration?
        /// What a read that meets it fails with; nil where it is answered in the end.
        var readFailsWith: ErrorKind?

        init(_ name: String, _ effect: Fault.Effect, patience: Duration? = nil, readFailsWith: ErrorKind? = nil) {
            self.name = name
            self.effect = effect
            self.patience = patience
            self.readFailsWith = readFailsWith
        }
    }

    static let troubles = [
        Trouble("reset before", .resetBefore), Trouble("reset after", .resetAfter), Trouble("truncated", .truncate),
        // A page says that this is no NAS, or not its port: that doesn't pass by itself.
        Trouble("bad gateway", .badGateway), Trouble("web page", .html, readFailsWith: .badAnswer),
        Trouble("delay", .delay(.seconds(3))),
        // The time that sixty servers need to start at once must lie within the patience, and settling before the end.
        Trouble("late", .delay(.seconds(1_200)), patience: .seconds(20)), Trouble("restart", .restart),
        Trouble("session timed out", .refuse(code: 106)), Trouble("displaced", .refuse(code: 107)),
        Trouble("busy", .refuse(code: 117)), Trouble("busy too", .refuse(code: 118)),
        Trouble("session unknown", .refuse(code: 119)),
    ]

    struct Cell: Sendable, CustomTestStringConvertible {
        let dialect: DialectName
        let work: Work
        let trouble: Trouble
        let hitsWrite: Bool

        var testDescription: String {
            "\(dialect.rawValue) \(work.name): \(trouble.name) at \(hitsWrite ? "the write" : "reads")"
        }
    }

    static let cells = DialectName.allCases.flatMap { dialect in
        works.filter { $0.methods[dialect] != nil }
            .flatMap { work in
                troubles.flatMap { trouble in
                    [true, false].map { Cell(dialect: dialect, work: work, trouble: trouble, hitsWrite: $0) }
                }
            }
    }

    @Test(arguments: cells)
    func `a script is told the truth, and nothing is done twice`(_ cell: Cell) async throws {
        let method = try #require(cell.work.methods[cell.dialect])
        let reads = cell.dialect == .documented ? ["List", "Get"] : ["list", "get"]
        let faults = (cell.hitsWrite ? [method] : reads)
            .map { Fault(cell.trouble.effect, in: .init(api: "SYNO.Virtualization*", method: $0), times: 1) }
        let nas = FaultyNAS(cell.dialect, FaultPlan(faults))
        let problem = try await nas.run(cell.work.source, patience: cell.trouble.patience)

        if cell.hitsWrite, cell.trouble.patience != nil {
            #expect(nas.log.calls(of: method).count == 1, "it was asked again")
        }
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
        let read: (source: String, earlierCalls: Int, dialects: [DialectName])
        let trouble: Trouble

        var testDescription: String { "\(dialect.rawValue) \(read.source): \(trouble.name)" }
    }

    /// What scripts ask, how many calls go before the one that is meant, and the dialects that have an answer.
    static let reads: [(source: String, earlierCalls: Int, dialects: [DialectName])] = [
        ("assert(#vmm.list() == 20)", 0, DialectName.allCases),
        ("assert(vmm.get('web-1').status == 'running')", 1, DialectName.allCases),
        ("assert(#vmm.tasks() == 0)", 0, [.documented, .public]),
        ("assert(#vmm.hosts() > 0)", 0, [.public, .internal]),
        ("assert(#vmm.networks() > 0)", 0, [.public]), ("assert(#vmm.storages() > 0)", 0, [.public]),
        ("assert(#vmm.images() > 0)", 0, [.public]),
    ]

    static let questions = reads.flatMap { read in
        read.dialects.flatMap { dialect in troubles.map { Question(dialect: dialect, read: read, trouble: $0) } }
    }

    @Test(arguments: questions)
    func `a read that meets a fault is answered in the end, or says why not, and changes nothing`(_ question: Question)
        async throws
    {
        let calls = Fault.Calls(api: "SYNO.Virtualization*")
        let fault = Fault(question.trouble.effect, in: calls, skip: question.read.earlierCalls, times: 1)
        let nas = FaultyNAS(question.dialect, FaultPlan([fault]))
        let problem = try await nas.run(question.read.source, patience: question.trouble.patience)
        #expect(problem?.kind == question.trouble.readFailsWith, "\(problem?.message ?? "")")
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
        let source = String(decoding: workflow.source, as: UTF8.self)
        let problem = try await nas.run(source, arguments: ["web-*", "batch=2"])
        #expect(problem == nil, "\(problem?.message ?? "")")
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
