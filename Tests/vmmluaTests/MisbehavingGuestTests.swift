import DSMSimulator
import SimulatedVMM
import SynologyVMM
import Testing
import VMMScripting
import VirtualMachines

/// Guests that don't do as told, in every dialect: a script is told, and nothing hangs.
@Suite struct MisbehavingGuestTests {
    private func run(
        _ source: String,
        _ dialect: DialectName,
        _ prepare: (inout Cluster, GuestID) throws(VMMError) -> Void
    ) async throws -> ScriptError? {
        let nas = FaultyNAS(dialect, FaultPlan())
        try nas.server.cluster.withCluster { (cluster) throws(VMMError) in
            try prepare(&cluster, try cluster.guest(named: "web-1").guest.id)
        }
        return try await nas.run(source)
    }

    @Test(arguments: DialectName.allCases)
    func `a guest that ignores a shutdown is waited for until the timeout, or its task fails`(
        _ dialect: DialectName
    ) async throws {
        let source = "vmm.wait_task(vmm.shutdown('web-1'), { timeout = '90s' })"
        let problem = try await run(source, dialect) { (cluster, id) throws(VMMError) in
            cluster.timings.stopTimeout = .seconds(30)
            try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: id)
        }
        #expect(problem?.kind == (dialect == .documented ? .taskFailed : .timeout))
    }

    @Test(arguments: DialectName.allCases)
    func `a guest that hangs while it shuts down can have its power cut`(_ dialect: DialectName) async throws {
        let source = """
            local ok, e = pcall(vmm.wait_task, vmm.shutdown('web-1'), { timeout = '20s' })
            assert(not ok and e.kind == 'timeout', tostring(e))
            vmm.wait_task(vmm.power_off('web-1', { force = true }))
            """
        let problem = try await run(source, dialect) { (cluster, id) throws(VMMError) in
            try cluster.setBehaviour(Behaviour(hangsShuttingDown: true), of: id)
        }
        #expect(problem == nil, "\(problem?.message ?? "")")
    }

    @Test(arguments: DialectName.allCases)
    func `a guest that vanishes while it is waited for is not found`(_ dialect: DialectName) async throws {
        let source = "vmm.wait_status('web-1', 'stopped', { timeout = '5m' })"
        let problem = try await run(source, dialect) { (cluster, id) throws(VMMError) in
            try cluster.schedule(.vanish, of: id, at: cluster.now + .seconds(20))
        }
        #expect(problem?.kind == .notFound)
    }

    @Test(arguments: DialectName.allCases)
    func `a guest that is renamed meanwhile stays the same guest`(_ dialect: DialectName) async throws {
        let nas = FaultyNAS(dialect, FaultPlan())
        let source = """
            local guest = vmm.get('web-1')
            assert(vmm.wait_task(vmm.shutdown(guest)).guest_name == 'other')
            """
        let problem = try await nas.run(source) { event in
            guard event.contains("began"), event.contains("vmm.shutdown") else { return }
            try? nas.server.cluster.withCluster { (cluster) throws(VMMError) in
                try cluster.schedule(.rename("other"), of: try cluster.guest(named: "web-1").guest.id, at: cluster.now)
            }
        }
        #expect(problem == nil, "\(problem?.message ?? "")")
    }

    @Test(arguments: [DialectName.public, .internal])
    func `a guest that crashes counts as down, and ends a wait for running`(_ dialect: DialectName) async throws {
        let source = """
            assert(vmm.wait_status('web-1', 'stopped', { timeout = '5m' }).status == 'crashed')
            local ok, e = pcall(vmm.wait_status, 'web-1', 'running', { timeout = '5m' })
            assert(not ok and e.kind == 'task_failed', tostring(e))
            """
        let problem = try await run(source, dialect) { (cluster, id) throws(VMMError) in
            try cluster.schedule(.crash, of: id, at: cluster.now + .seconds(10))
        }
        #expect(problem == nil, "\(problem?.message ?? "")")
    }
}
