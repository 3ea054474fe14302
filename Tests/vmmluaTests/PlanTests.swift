import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// Plans of guests on a NAS, over real sockets.
@Suite struct PlanCommandTests {
    @Test func `a plan reads the guests, changes none, and shows what would be done`() async throws {
        let nas = CommandNAS(dialects: [.public])
        try await nas.server.whileServing { url in
            let ending = try await vmmlua(
                "plan",
                "rolling-restart",
                "web-*",
                "batch=2",
                "--host",
                url,
                "--detailed-exitcode",
                environment: CommandNAS.environment(url)
            )
            #expect(ending.status == 3, "\(ending.err)")
            #expect(ending.out.contains("shutdown  running → stopped"))
            #expect(ending.out.contains("8 changes of 4 guests"))
            #expect(ending.out.contains("at most 2 out of service at a time"))
            #expect(ending.err.isEmpty)
        }
        #expect(!nas.log.all.isEmpty)
        #expect(nas.log.all.allSatisfy { !$0.tookEffect })
        let methods = Set(nas.log.all.map(\.method))
        #expect(methods == ["query", "login", "list", "logout"])
        #expect(nas.server.sessionCount == 0)
    }

    @Test func `a plan comes as JSON and as a chart, and takes its time from where it is told to begin`() async throws {
        try await withFile("print(os.date('%Y-%m-%d %H:%M')) flow.stop('web-1')", named: "s.lua") { script in
            let chart = script + ".svg"
            let ending = try await vmmlua(
                "plan",
                script,
                "--simulate",
                "--at",
                "2026-12-05 02:00",
                "--output",
                "json",
                "--svg",
                chart
            )
            let plan = try JSONValue(parsing: Array(ending.out.utf8))
            #expect(plan["format"] == "vmmlua.plan" && plan["status"] == "done")
            #expect(plan["output"] == "2026-12-05 02:00\n")
            #expect(plan["seconds"] == 15 || plan["seconds"] == .number(15))
            let svg = try String(contentsOfFile: chart, encoding: .utf8)
            #expect(svg.hasPrefix("<svg") && svg.contains("web-1: stopping, 0:00 to 0:15"))
        }
    }

    @Test func `behind the script's name, help is the script's own, and a mistake in its arguments tells them alone`()
        async throws
    {
        let help = try await vmmlua("plan", "rolling-restart", "--help")
        #expect(help.status == 0)
        #expect(help.out.contains("USAGE: vmmlua plan rolling-restart [name=web-*]"))
        #expect(help.out.hasSuffix("`vmmlua plan --help` tells the options of the command itself.\n"))
        let wrong = try await vmmlua("plan", "rolling-restart", "--simulate", "batch=none")
        #expect(wrong.status == 2)
        #expect(wrong.out.isEmpty)
        #expect(wrong.err.contains("USAGE: vmmlua plan rolling-restart"))
        let unnamed = try await vmmlua("plan")
        #expect(unnamed.status == 2)
        #expect(unnamed.err == "vmmlua: no script is named; `vmmlua plan --help` tells how\n")
    }

    @Test func `a plan for another time tells from when to when, and how long each guest is away`() async throws {
        let ending = try await vmmlua("plan", "rolling-restart", "db-1", "--simulate", "--at", "2026-12-05 23:59")
        #expect(ending.out.contains("from 2026-12-05 23:59:00 to 2026-12-05 23:59:35\n"))
        #expect(ending.lines.contains { $0.hasPrefix("db-1 ") && $0.hasSuffix("  35s") }, "\(ending.out)")
        let down = try await vmmlua("plan", "staged-shutdown", "db-1", "--simulate")
        #expect(down.lines.contains { $0.hasPrefix("db-1 ") && $0.hasSuffix("  stays down") }, "\(down.out)")
    }

    @Test func `a plan goes by how long guests took in runs before`() async throws {
        let nas = CommandNAS(dialects: [.public])
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("vmmlua-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: state) }
        try await nas.server.whileServing { url in
            let environment = CommandNAS.environment(url).merging(["XDG_STATE_HOME": state.path]) { $1 }
            func call(_ command: String, _ guests: String) async throws -> RunningCommand.Ending {
                try await RunningCommand([command, "rolling-restart", guests], environment: environment).ending()
            }
            let before = try await call("plan", "web-1")
            #expect(before.out.contains("guests take 20s to boot and 15s to shut down, as nothing is known"))
            #expect(before.out.contains("done after 35s"))
            #expect(try await call("run", "web-1").status == 0)
            // This NAS's time passes 600 times as fast.
            let after = try await call("plan", "web-1")
            #expect(after.out.contains("guests take as long as in earlier runs"), "\(after.out)")
            #expect(!after.out.contains("done after 35s"))
            let others = try await call("plan", "web-*")
            #expect(
                others.out.contains(
                    "2 of 8 boots and shutdowns take as long as in earlier runs, the others 20s and 15s"
                )
            )
        }
    }

    @Test func `what was taken for granted is said, in words and for programs`() async throws {
        let source = "flow.approve('Really?') flow.lock('nightly', function() return probe.tcp('db-1', 5432) end)"
        try await withFile(source, named: "s.lua") { script in
            let words = try await vmmlua("plan", script, "--simulate", "--allow", "net", "--assume", "probe=false")
            #expect(
                words.out.contains(
                    """
                      probes of db-1 fail
                      approved: Really?
                      nobody else has the lock 'nightly'
                    """
                ),
                "\(words.out)\(words.err)"
            )
            let json = try await vmmlua("plan", script, "--simulate", "--allow", "net", "--output", "json")
            let plan = try JSONValue(parsing: Array(json.out.utf8))
            #expect(
                plan["assumptions"] == [
                    ["kind": "probes", "host": "db-1", "succeed": true, "count": 1, "text": "probes of db-1 succeed"],
                    ["kind": "approval", "question": "Really?", "approved": true, "text": "approved: Really?"],
                    ["kind": "lock", "name": "nightly", "text": "nobody else has the lock 'nightly'"],
                ]
            )
        }
    }

    @Test func `a plan and a run draw the same numbers with the same seed, and without one the plan names it`()
        async throws
    {
        let source = "print(math.random(1000000), math.random(1000000))"
        try await withFile(source, named: "s.lua") { script in
            let run = try await vmmlua("run", script, "--simulate", "--seed", "7")
            let plan = try await vmmlua("plan", script, "--simulate", "--seed", "7")
            let numbers = run.out.replacing("\t", with: "    ")
            #expect(run.status == 0 && plan.out.hasSuffix("\n  " + numbers), "\(plan.out)\(plan.err)")
            #expect(!plan.out.contains("random numbers"))
            let free = try await vmmlua("plan", script, "--simulate")
            let words = "  the script draws random numbers; a run draws the same with --seed "
            let seed = try #require(free.lines.first { $0.hasPrefix(words) }?.dropFirst(words.count))
            let same = try await vmmlua("run", script, "--simulate", "--seed", String(seed))
            #expect(free.out.hasSuffix("\n  " + same.out.replacing("\t", with: "    ")))
        }
    }

    @Test(arguments: [
        (["--at", "tomorrow"], "2026-12-05 02:00"), (["--at", "2026-02-31 02:00"], "there is no such time"),
        (["--assume", "luck=true"], "luck=true"), (["--horizon", "soon"], "write a time"),
        (["--svg", "/nowhere/x.svg"], "cannot write '/nowhere/x.svg'"),
    ])
    func `wrong options are told`(_ options: [String], _ words: String) async throws {
        let ending = try await RunningCommand(["plan", "rolling-restart", "--simulate"] + options).ending()
        #expect(ending.status == 2)
        #expect(ending.err.contains(words), "\(ending.err)")
    }
}
