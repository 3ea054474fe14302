import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// `vmmlua run`, in a process of its own.
@Suite(.timeLimit(.minutes(2))) struct RunTests {
    private let webGuests = ["web-1", "web-2", "web-3", "web-4"]

    @Test("rolling-restart --simulate restarts every running web guest and exits 0")
    func simulated() async throws {
        let ending = try await vmmlua("run", "rolling-restart", "--simulate", "--speed", "600")
        #expect(ending.status == 0)
        #expect(ending.out == "restarted:    web-1, web-2, web-3, web-4\n")
        for guest in webGuests { #expect(ending.err.contains("\(guest)     shutting down …"), "\(ending.err)") }
        #expect(ending.err.split(separator: "\n").count == 16)
    }

    @Test("on a NAS each running web guest is restarted exactly once, and the session is logged out")
    func onNAS() async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            let ending = try await vmmlua("run", "rolling-restart", "batch=2", environment: CommandNAS.environment(url))
            #expect(ending.status == 0, "\(ending.err)")
        }
        #expect(try nas.guests(of: "Shutdown").sorted() == webGuests)
        #expect(try nas.guests(of: "PowerOn").sorted() == webGuests)
        #expect(nas.log.calls(of: "login").count == 1)
        #expect(nas.server.sessionCount == 0)
    }

    @Test("the same against vmmlua simulate in another process")
    func acrossProcesses() async throws {
        let simulator = try RunningCommand(["simulate", "--port", "0", "--speed", "600", "--output", "json"])
        #expect(await simulator.out.contains("}\n"))
        let announced = try JSONValue(parsing: Array(simulator.out.text.utf8))
        guard case .string(let url) = announced["url"], case .string(let password) = announced["password"] else {
            Issue.record("unreadable: \(simulator.out.text)")
            return simulator.send(.terminate)
        }
        let ending = try await vmmlua(
            "run",
            "--host",
            url,
            "--account",
            "admin",
            "rolling-restart",
            environment: ["VMMLUA_PASSWORD": password]
        )
        #expect(ending.status == 0, "\(ending.err)")
        #expect(ending.out == "restarted:    web-1, web-2, web-3, web-4\n")
        simulator.send(.interrupt)
        let simulatorEnding = await simulator.ending()
        #expect(simulatorEnding.status == 0)
        #expect(simulatorEnding.err.isEmpty)
    }

    @Test("JSON output is an object a line, from the format's version to the exit code")
    func json() async throws {
        let source = "print('a') log.warn('b', {c = 1}) vmm.wait_task(vmm.shutdown('web-1')) return 1, {x = 2}"
        let ending = try await withFile(source, named: "s.lua") { path in
            try await vmmlua("run", path, "--simulate", "--speed", "600", "--output", "json")
        }
        #expect(ending.status == 0)
        let lines = try ending.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(lines.first?["format"] == "vmmlua.run" && lines.first?["version"] == 1)
        let events = lines.dropFirst().compactMap { $0["event"] }
        #expect(Array(events.prefix(4)) == ["print", "log", "began", "ended"])
        #expect(events.last == "end")
        #expect(lines[1]["text"] == "a")
        #expect(lines[2]["fields"] == ["c": 1])
        #expect(lines[3]["guest"] == "web-1" && lines[3]["name"] == "vmm.shutdown" && lines[3]["operation"] == "1#1")
        #expect(lines.last?["status"] == "done" && lines.last?["exit_code"] == 0)
        #expect(lines.last?["values"] == [1, ["x": 2]] && lines.last?["midway"] == [])
    }

    @Test("a script's help is its head comment and its arguments, and needs no NAS")
    func scriptHelp() async throws {
        let ending = try await vmmlua("run", "rolling-restart", "--help")
        #expect(ending.status == 0)
        #expect(ending.out.hasPrefix("Restarts running guests, a few at a time.\n"))
        #expect(
            ending.out.contains(
                "USAGE: vmmlua run rolling-restart [name=web-*] [batch=1] [timeout=10m] [pause=0s] [health] [wait=0s]\n"
            )
        )
        #expect(ending.out.contains("`vmmlua run --help`"))
        #expect(ending.err.isEmpty)
        let own = try await vmmlua("run", "--help")
        #expect(own.status == 0 && own.out.contains("--password-file <file>") && own.out.contains("EXAMPLES:"))
    }

    @Test("a script's help has its arguments wherever they are declared, or says where they are worked out")
    func scriptHelpOfLateArguments() async throws {
        let late = "local all = vmm.list()\nif #all > 0 then script.args{ {'name', help = 'which'} } end"
        let ending = try await withFile(late, named: "s.lua") { try await vmmlua("run", $0, "--help") }
        #expect(ending.out.contains("  name  string  which; required\n"))
        let unknown = try await withFile("local n = #vmm.list()\nscript.args{ {'n', default = n} }", named: "s.lua") {
            try await vmmlua("run", $0, "--help")
        }
        #expect(unknown.status == 0)
        #expect(unknown.out.contains("see script.args on its line 2."))
        #expect(!unknown.out.contains("takes no arguments"))
    }

    @Test("options may stand anywhere before --, what is behind it goes to the script")
    func argumentOrder() async throws {
        let ending = try await withFile("#!/usr/bin/env vmmlua\nprint(...)", named: "s.lua") { path in
            try await vmmlua("run", "--simulate", path, "a", "--guests", "1", "b=1", "--", "--simulate", "-x")
        }
        #expect(ending.status == 0, "\(ending.err)")
        #expect(ending.out == "a\tb=1\t--simulate\t-x\n")
    }

    @Test("a file goes before a workflow of the same name")
    func fileWins() async throws {
        let ending = try await withFile("return 1", named: "rolling-restart") { path in
            try Script.find(path)
        }
        #expect(ending.source == Array("return 1".utf8))
        #expect(try Script.find("rolling-restart").name == "rolling-restart.lua")
    }

    @Test(
        "when nobody reads the output any more, a run goes on to its own end",
        arguments: ["", "error('boom')"]
    )
    func readerGone(last: String) async throws {
        // More than a pipe holds.
        let source = "for i = 1, 100000 do print('x') end vmm.wait_task(vmm.shutdown('web-1')) \(last)"
        let ending = try await withFile(source, named: "s.lua") { path in
            let command = try RunningCommand(["run", path, "--simulate", "--speed", "600"])
            #expect(await command.out.contains("x"))
            command.stopReading()
            return await command.ending()
        }
        #expect(ending.status == (last.isEmpty ? 0 : 1))
        #expect(ending.err.contains("web-1     stopped after "), "\(ending.err)")
        #expect(ending.err.contains("boom") == !last.isEmpty)
        #expect(!ending.err.contains("cannot write"))
    }

    @Test(
        "output that can't be written is told, and is a failure even where the script did well",
        arguments: [("print(1)", false), ("print(1) error('boom')", true)]
    )
    func unwritableOutput(source: String, fails: Bool) async throws {
        // Nothing can be written to what is open for reading.
        let out = try #require(FileHandle(forReadingAtPath: "/dev/null"))
        let ending = try await withFile(source, named: "s.lua") { path in
            try await RunningCommand(["run", path, "--simulate"], out: out).ending()
        }
        #expect(ending.status == 1)
        #expect(ending.err.contains("boom") == fails)
        #expect(
            ending.err.hasSuffix("vmmlua: cannot write to standard output: bad file descriptor\n"),
            "\(ending.err)"
        )
    }

    @Test("a full disk is told in the system's words")
    func fullDisk() {
        let out = TextOutput { (_) throws(SystemError) in throw SystemError(ENOSPC) }
        #expect(out.failure == nil)
        out.write(line: "x")
        #expect(out.failure?.description == "no space left on device")
        let unread = TextOutput { (_) throws(SystemError) in throw SystemError(EPIPE) }
        unread.write(line: "x")
        #expect(unread.failure == nil)
    }

    @Test("a script may come through a pipe")
    func pipedScript() async throws {
        let ending = try await vmmlua("run", "/dev/stdin", "--simulate", input: "print(6 * 7)")
        #expect(ending.status == 0)
        #expect(ending.out == "42\n", "\(ending.err)")
    }

    @Test("a file beyond the bound is refused with it")
    func bigFile() async throws {
        try await withFile(String(repeating: "x", count: 2_000), named: "p") { path in
            #expect(throws: UsageError("cannot read '\(path)': it has more than 1 KiB")) {
                try bytes(ofFile: path, atMost: 1_024)
            }
            let whole = try bytes(ofFile: path, atMost: 2_000)
            #expect(whole.count == 2_000)
        }
    }
}
