import Testing
import VirtualMachines

@testable import vmmlua

/// `vmmlua eval`, in a process of its own.
@Suite(.timeLimit(.minutes(2))) struct EvalTests {
    @Test("each value is printed on a line of its own")
    func values() async throws {
        let ending = try await vmmlua("eval", "1 + 1, 'a b', {1, x = 'y'}, nil, 0.5")
        #expect(ending.status == 0)
        #expect(ending.out == "2\na b\n{ 1, x = \"y\" }\nnil\n0.5\n")
        #expect(ending.err.isEmpty)
    }

    @Test("code that is no expression is run as a chunk")
    func chunk() async throws {
        let ending = try await vmmlua("eval", "local x = 2 print('p') return x * 2")
        #expect(ending.out == "p\n4\n")
        #expect(try await vmmlua("eval", "x = 1").out.isEmpty)
    }

    @Test("a NAS that can't be reached matters only to code that asks it")
    func lazyConnection() async throws {
        let environment = CommandNAS.environment("http://127.0.0.1:1")
        #expect(try await vmmlua("eval", "return 1", environment: environment).status == 0)
        let asking = try await vmmlua("eval", "vmm.list()", environment: environment)
        #expect(asking.status == 4)
        #expect(asking.err.contains("cannot reach 127.0.0.1:1: connection refused"))
        let unnamed = try await vmmlua("eval", "vmm.list()")
        #expect(unnamed.status == 2)
        #expect(unnamed.err.contains("no NAS is named"))
    }

    @Test("a list of guests is a table of columns")
    func guests() async throws {
        let ending = try await vmmlua("eval", "vmm.list{name = 'web-*'}", "--simulate")
        #expect(ending.lines.count == 5)
        #expect(ending.lines.first?.hasPrefix("NAME   STATUS   CPU  MEMORY") == true)
        #expect(ending.lines[1].hasPrefix("web-1  running    2    4 GB"))
    }

    @Test("JSON output is one document, of values or of an error")
    func json() async throws {
        let values = try await vmmlua("eval", "print('p') return 1, {a = {}}, 1/0", "--output", "json")
        #expect(values.out == #"{"format":"vmmlua.eval","version":1,"values":[1,{"a":[]},"inf"]}"# + "\n")
        #expect(values.err == "p\n")
        let failure = try await vmmlua("eval", "vmm.get('x')", "--simulate", "--output", "json")
        #expect(failure.status == 1)
        let document = try JSONValue(parsing: Array(failure.out.utf8))
        #expect(document["error"]?["kind"] == "not_found")
    }

    @Test("a syntax error has its caret under the right one of two equal tokens")
    func syntaxError() async throws {
        let ending = try await vmmlua("eval", "x = = 1")
        #expect(ending.status == 1)
        #expect(ending.err == "vmmlua: eval:1: unexpected symbol near '='\n  1 | x = = 1\n    |     ^\n")
    }

    @Test("what a script may not do says which flag would allow it")
    func permission() async throws {
        let code = "vmm.power_off('web-1', {force = true}).changed"
        let refused = try await vmmlua("eval", code, "--simulate")
        #expect(refused.status == 1)
        #expect(refused.err.contains("--allow 'vmm.power_off"))
        #expect(try await vmmlua("eval", code, "--simulate", "--allow", "vmm.power_off").out == "true\n")
        let denied = try await vmmlua(
            "eval",
            code,
            "--simulate",
            "--allow",
            "vmm.power_off",
            "--deny",
            "vmm.*:web-*"
        )
        #expect(denied.status == 1)
    }
}
