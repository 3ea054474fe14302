import Testing
import VirtualMachines

@testable import VMMScripting
@testable import vmmlua

/// What the command says of permissions before a script begins.
@Suite(.timeLimit(.minutes(2))) struct PermissionCommandTests {
    private static let warning =
        "vmmlua: warning: --deny 'vmm.*:Web-*' fits no guest, so it forbids nothing; did you mean web-*?\n"

    @Test(arguments: ["run", "plan"])
    func `a denial that fits no guest is warned about before the script begins`(_ command: String) async throws {
        let ending = try await withFile("print('begun')", named: "s.lua") { script in
            try await vmmlua(
                command,
                script,
                "--simulate",
                "--deny",
                "vmm.*:Web-*",
                "--deny",
                "vmm.*:web-*",
                "--allow",
                "vmm.set"
            )
        }
        #expect(ending.status == 0)
        #expect(ending.err.hasPrefix(Self.warning), "\(ending.err)")
        #expect(ending.err.split(separator: "\n").count { $0.contains("warning") } == 1)
    }

    @Test func `a grant that fits no guest is warned about, and one of the network isn't`() async throws {
        let ending = try await withFile("return 1", named: "s.lua") { script in
            try await vmmlua("run", script, "--simulate", "--allow", "vmm.set:zzzzzz", "--allow", "net:zzzzzz")
        }
        #expect(ending.err == "vmmlua: warning: --allow 'vmm.set:zzzzzz' fits no guest, so it allows nothing\n")
    }

    @Test func `the warning is an event of a run's JSON, and part of a plan's and an evaluation's document`()
        async throws
    {
        try await withFile("return 1", named: "s.lua") { script in
            let run = try await vmmlua("run", script, "--simulate", "--deny", "vmm.*:Web-*", "--output", "json")
            let events = try run.lines.map { try JSONValue(parsing: Array($0.utf8)) }
            #expect(events.first?["format"] == "vmmlua.run")
            #expect(events.dropFirst().first?["event"] == "warning")
            let message = String(Self.warning.dropFirst("vmmlua: warning: ".count).dropLast())
            #expect(events.dropFirst().first?["message"] == .string(message))
            #expect(run.err == Self.warning)
            let plan = try await vmmlua("plan", script, "--simulate", "--deny", "vmm.*:Web-*", "--output", "json")
            #expect(try JSONValue(parsing: Array(plan.out.utf8))["warnings"] == .array([.string(message)]))
            let value = try await vmmlua(
                "eval",
                "vmm.list()",
                "--simulate",
                "--deny",
                "vmm.*:Web-*",
                "--output",
                "json"
            )
            #expect(try JSONValue(parsing: Array(value.out.utf8))["warnings"] == .array([.string(message)]))
        }
    }

    @Test func `an evaluation warns once it asks for guests, before it writes, and not at all without`() async throws {
        func err(_ code: String) async throws -> String {
            try await vmmlua("eval", code, "--simulate", "--deny", "vmm.*:Web-*").err
        }
        #expect(try await err("1 + 1").isEmpty)
        #expect(try await err("#vmm.list() + #vmm.list()") == Self.warning)
        let nas = CommandNAS()
        let id = try nas.server.cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.guest(named: "web-1").guest.id.rawValue
        }
        try await nas.server.whileServing { url in
            let ending = try await vmmlua(
                "eval",
                "vmm.shutdown({ guest_id = '\(id)', guest_name = 'web-1' }).changed",
                "--deny",
                "vmm.*:Web-*",
                environment: CommandNAS.environment(url)
            )
            #expect(ending.out == "true\n")
            #expect(ending.err.hasPrefix(Self.warning))
        }
        let methods = nas.log.all.map(\.method)
        let (list, write) = (methods.firstIndex(of: "List"), methods.firstIndex(of: "Shutdown"))
        #expect(try #require(list) < #require(write), "\(methods)")
    }

    @Test func `a prompt warns when it is connected`() async throws {
        let ending = try await vmmlua("repl", "--simulate", "--deny", "vmm.*:Web-*", input: "1\n")
        #expect(ending.err == Self.warning)
    }

    @Test func `guests are not read for permissions without a scope of guests`() async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            try await withFile("return 1", named: "s.lua") { script in
                _ = try await vmmlua(
                    "run",
                    script,
                    "--allow",
                    "vmm.set",
                    "--allow",
                    "net:10.0.0.0/8",
                    environment: CommandNAS.environment(url)
                )
            }
        }
        #expect(!nas.log.all.map(\.method).contains("List"))
    }

    @Test(arguments: [
        ("--deny", "vmm.*:fw-*,dns", "repeat the flag for each"),
        ("--deny", "vmm.*: fw-*", "begins or ends with a space"),
        ("--allow", "vmm.set:web-1,web-2", "repeat the flag for each"), ("--deny", "", "there is no permission ''"),
        ("--deny", "vmm.powr_off", "did you mean vmm.power_off?"),
    ])
    func `a permission that nobody means is a mistake in the call`(
        _ flag: String,
        _ value: String,
        _ words: String
    ) async throws {
        let ending = try await vmmlua("eval", "1", flag, value)
        #expect(ending.status == 2)
        #expect(ending.out.isEmpty)
        #expect(ending.err.contains(words) && ending.err.split(separator: "\n").count == 1, "\(ending.err)")
    }

    // MARK: What a script says it needs

    @Test(arguments: ["run", "plan"])
    func `what a script says it needs is checked before it begins, and before a NAS is asked`(
        _ command: String
    ) async throws {
        let nowhere = CommandNAS.environment("http://127.0.0.1:1")
        let source = "-- Resizes. needs: vmm.set, vmm.power_off (with force=true),\n--   vmm.delete\nprint('begun')"
        try await withFile(source, named: "s.lua") { script in
            let missing = try await vmmlua(command, script, "--allow", "vmm.delete:web-*", environment: nowhere)
            #expect(missing.status == 2)
            #expect(missing.out.isEmpty)
            #expect(missing.err == "vmmlua: \(script) needs the permission vmm.set; add --allow 'vmm.set'\n")
            let both = try await vmmlua(command, script, environment: nowhere)
            #expect(
                both.err
                    == "vmmlua: \(script) needs the permissions vmm.set, vmm.delete; add --allow 'vmm.set' --allow 'vmm.delete'\n"
            )
            let denied = try await vmmlua(
                command,
                script,
                "--allow",
                "vmm.*",
                "--deny",
                "vmm.set",
                environment: nowhere
            )
            #expect(denied.status == 2)
            #expect(
                denied.err.hasSuffix("needs the permission vmm.set; leave out --deny 'vmm.set', which forbids it\n")
            )
            let scoped = try await vmmlua(
                command,
                script,
                "--simulate",
                "--allow",
                "vmm.set:web-*",
                "--allow",
                "vmm.delete",
                "--deny",
                "vmm.*:db-*"
            )
            #expect(scoped.status == 0, "\(scoped.err)")
            #expect(scoped.out.contains("begun"))
        }
    }

    @Test func `a need that can't be read is told, and the script runs`() async throws {
        let ending = try await withFile("-- needs: vmm.sett\nprint('begun')", named: "s.lua") { script in
            try await vmmlua("run", script, "--simulate")
        }
        #expect(ending.status == 0)
        #expect(ending.out == "begun\n")
        #expect(ending.err.hasSuffix("s.lua: needs: there is no permission 'vmm.sett'; did you mean vmm.set?\n"))
    }

    @Test(
        arguments: [
            ("needs: vmm.set", ["vmm.set"], 0), ("Needs: vmm.set.", ["vmm.set"], 0),
            (
                "Resizes. needs: vmm.set, net (with port, or health), modules",
                ["vmm.set", "net (with port, or health)", "modules"], 0
            ),
            ("needs: vmm.set,\n  vmm.delete\nand more", ["vmm.set", "vmm.delete"], 0),
            ("needs: vmm.set\nneeds: net:10.0.0.0/8:443", ["vmm.set", "net:10.0.0.0/8:443"], 0),
            ("needs: a NAS with DSM 7.2", [], 0), ("whoever needs: nothing", [], 0), ("needs: power_off", [], 1),
            ("needs: vmm.set and vmm.delete", [], 1), ("needs: vmm.set, sett", ["vmm.set"], 1),
            ("needs: VMM.SET", [], 1),
            ("unneeds: vmm.set", [], 0), ("needs:", [], 0),
        ] as [(String, [String], Int)]
    )
    func `needs are read with their conditions, and what is no permission is told`(
        _ comment: String,
        _ needs: [String],
        _ problems: Int
    ) {
        let read = NeededPermissions(headComment: comment)
        #expect(read.all.map { $0.condition.isEmpty ? $0.permission : "\($0.permission) \($0.condition)" } == needs)
        #expect(read.problems.count == problems, "\(read.problems)")
    }

    @Test func `what the shipped workflows need can be read`() {
        for workflow in Workflow.all { #expect(workflow.script.neededPermissions.problems.isEmpty) }
        let needs = Workflow.named("ups-shutdown")?.script.neededPermissions.all.filter(\.condition.isEmpty)
        #expect(needs?.map(\.permission) == ["vmm.power_off"])
    }
}
