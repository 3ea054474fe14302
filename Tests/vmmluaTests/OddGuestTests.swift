import DSMSimulator
import SimulatedVMM
import Testing
import VirtualMachines

@testable import vmmlua

/// A NAS of which one guest can't be read in full, and the command in a process of its own.
@Suite(.timeLimit(.minutes(2))) struct OddGuestTests {
    private func nas(_ dialect: DSMSimulator.Dialect) throws -> CommandNAS {
        let nas = CommandNAS(dialects: [dialect])
        try nas.server.cluster.withCluster { (cluster) throws(VMMError) in
            let guests = cluster.guests.map { simulated in
                var simulated = simulated
                if simulated.guest.name == "backup" { simulated.guest.vcpuCount = nil }
                return simulated
            }
            cluster = Cluster(hosts: cluster.hosts, guests: guests, now: cluster.now)
        }
        return nas
    }

    @Test(arguments: DSMSimulator.Dialect.allCases)
    func `run does its work on the others, and warns of that guest once`(_ dialect: DSMSimulator.Dialect) async throws {
        let nas = try nas(dialect)
        let source = """
            for _ = 1, 3 do vmm.list() end
            vmm.wait_task(vmm.shutdown('web-1'))
            print(vmm.get('backup').vcpu_num, vmm.get('web-1').status, #vmm.list())
            """
        try await nas.server.whileServing { url in
            try await withFile(source, named: "s.lua") { path in
                let ending = try await vmmlua("run", path, environment: CommandNAS.environment(url))
                #expect(ending.status == 0 && ending.out == "nil\tstopped\t20\n", "\(ending)")
                let warnings = ending.err.split(separator: "\n").filter { $0.hasPrefix("vmmlua: warning: ") }
                #expect(warnings.count == 1)
                #expect(warnings.first?.contains("the guest backup (") == true)
                #expect(warnings.first?.contains("null as 'vcpu_num' (expected a whole number)") == true)

                let json = try await vmmlua("run", path, "--output", "json", environment: CommandNAS.environment(url))
                let lines = try json.lines.map { try JSONValue(parsing: Array($0.utf8)) }
                #expect(lines.count { $0["event"] == "warning" } == 1)
                #expect(json.err.contains("the guest backup ("))
            }
        }
    }

    @Test(arguments: [
        ["eval", "vmm.list()"], ["plan", "audit"], ["run", "audit"], ["run", "audit", "csv"], ["doctor"],
    ])
    func `every command shows the guest without what can't be read, and warns of it`(
        _ arguments: [String]
    ) async throws {
        let nas = try nas(.public)
        try await nas.server.whileServing { url in
            let command = try RunningCommand(arguments, environment: CommandNAS.environment(url))
            let ending = await command.ending()
            #expect(ending.status == 0, "\(ending)")
            #expect((ending.err + ending.out).contains("the guest backup ("), "\(ending)")
            #expect(!(ending.err + ending.out).contains("nil"), "\(ending)")
        }
    }

    @Test func `resize refuses a guest whose size can't be read, before anything is done to it`() async throws {
        let nas = try nas(.public)
        try await nas.server.whileServing { url in
            let ending = try await vmmlua(
                "run",
                "resize",
                "backup",
                "mb=8192",
                "--allow",
                "vmm.set",
                environment: CommandNAS.environment(url)
            )
            #expect(ending.status == 1)
            #expect(ending.err.contains("the NAS doesn't tell the size of backup"), "\(ending.err)")
        }
        #expect(nas.log.calls(of: "set").isEmpty)
    }
}
