import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// `vmmlua test`, as a process.
@Suite struct TestCommandTests {
    private static let tests = """
        describe("stop", function()
          sim.cluster{ guests = { { guest_name = "a" }, { guest_name = "b" } } }
          it("stops", function()
            local run = sim.run("stop.lua", { args = { "a" } })
            expect(run.exit_code):equals(0)
            expect(sim.guest("a").status):equals("stopped")
          end)
          it("takes arguments", function() expect(sim.run("stop.lua").exit_code):equals(2) end)
          it("has an <order>", function()
            expect(sim.run("stop.lua", { args = { "*" } }).output):equals("a b\\n")
          end)
        end)
        it("restarts", function() expect(sim.run("rolling-restart", { args = { "web-1" } }).exit_code):equals(0) end)
        """

    private static let script = """
        local a = script.args{ {"name"} }
        local seen = {}
        async.map(vmm.list{ name = a.name }, { limit = 2 }, function(g) flow.stop(g) table.insert(seen, g.guest_name) end)
        print(table.concat(seen, " "))
        """

    /// Runs `body` with a folder of the tests and the script that they run.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        try await withFile(Self.script, named: "stop.lua") { script in
            let folder = String(script.dropLast("stop.lua".count))
            try Data(Self.tests.utf8).write(to: URL(filePath: folder + "stop_test.lua"))
            try await body(folder)
        }
    }

    @Test func `the tests below a folder run, and a line tells of each`() async throws {
        try await withFolder { folder in
            let ending = try await vmmlua("test", folder)
            #expect(ending.status == 0, "\(ending.out)\(ending.err)")
            #expect(ending.lines.first == folder + "stop_test.lua")
            #expect(ending.out.contains(/ok \d+ms stop: stops\n/))
            #expect(ending.lines.last?.hasPrefix("4 tests passed in ") == true)
            let filtered = try await vmmlua("test", folder + "stop_test.lua", "--filter", "restarts")
            #expect(filtered.lines.last?.hasPrefix("1 test passed in ") == true)
        }
    }

    @Test func `a test that expects nothing is told as such`() async throws {
        let tests = "it('idle', function() end) it('keen', function() expect(1):equals(1) end)"
        try await withFile(tests, named: "idle_test.lua") { path in
            let report = path + ".xml"
            let ending = try await vmmlua("test", path, "--junit", report)
            #expect(ending.status == 0)
            #expect(ending.out.contains("ms idle (it expects nothing: write expect(…))\n"))
            #expect(ending.lines.last?.hasSuffix("; 1 of them expects nothing") == true)
            #expect(try String(contentsOfFile: report, encoding: .utf8).contains("name=\"keen\" assertions=\"1\""))
            let json = try await vmmlua("test", path, "--output", "json")
            #expect(json.out.contains(#""expectations": 0"#) || json.out.contains(#""expectations":0"#))
        }
    }

    @Test func `seeds find a test that takes an order for granted, and the report says how to repeat it`() async throws
    {
        try await withFolder { folder in
            let report = folder + "report.xml"
            let ending = try await vmmlua("test", folder, "--seeds", "30", "--filter", "order", "--junit", report)
            #expect(ending.status == 1, "\(ending.out)\(ending.err)")
            #expect(ending.out.contains("  FAILED stop: has an <order>\n"))
            #expect(ending.out.contains("stop_test.lua:10: expected \"a b\\n\", got \"b a\\n\"\n"))
            let seed = try #require(ending.out.firstMatch(of: /fails under seed (\d+); vmmlua test .* --seed (\d+)/))
            let again = try await vmmlua("test", folder, "--filter", "order", "--seed", String(seed.1))
            #expect(again.status == 1)
            let xml = try String(contentsOfFile: report, encoding: .utf8)
            #expect(xml.contains("<testsuites tests=\"1\" failures=\"1\""))
            #expect(xml.contains("name=\"stop: has an &lt;order&gt;\""))
            #expect(xml.contains("<failure message=\"expected &quot;a b\\n&quot;, got &quot;b a\\n&quot;\">"))
        }
    }

    @Test func `the results come as JSON`() async throws {
        try await withFolder { folder in
            let ending = try await vmmlua("test", folder, "--output", "json")
            let report = try JSONValue(parsing: Array(ending.out.utf8))
            #expect(report["format"] == "vmmlua.test" && report["status"] == "passed" && report["passed"] == 4)
        }
    }

    @Test func `no tests, a file that is not Lua and wrong options are mistakes in the call`() async throws {
        try await withFile("it(", named: "broken_test.lua") { file in
            let broken = try await vmmlua("test", file)
            #expect(broken.status == 2 && broken.err.contains("broken_test.lua:1:"), "\(broken.err)")
        }
        try await withFile("print(1)", named: "script.lua") { file in
            let none = try await vmmlua("test", String(file.dropLast("script.lua".count)))
            #expect(none.status == 2 && none.err.contains("there is no test below"))
            let missing = try await vmmlua("test", file + "x")
            #expect(missing.status == 2)
            let both = try await vmmlua("test", file, "--seed", "1", "--seeds", "2")
            #expect(both.status == 2)
        }
    }

    @Test func `a file that fails outside of its tests fails`() async throws {
        try await withFile("it('x', function() end)\nerror('outside')", named: "a_test.lua") { file in
            let ending = try await vmmlua("test", file)
            #expect(ending.status == 1 && ending.out.contains("FAILED the file itself"), "\(ending.out)")
            #expect(ending.out.contains("a_test.lua:2: outside"))
        }
    }
}
