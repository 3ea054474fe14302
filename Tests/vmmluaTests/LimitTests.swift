import Foundation
import Testing

@Suite struct LimitTests {
    @Test(
        "a limit ends the script with exit code 5, and says which it was, where, and what became of the guests",
        arguments: [
            ("while true do end", ["--cpu-limit", "100ms"], "100ms of CPU time"),
            (
                "return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))", ["--cpu-limit", "100ms"],
                "100ms of CPU time"
            ),
            (
                "local t = {} while true do t[#t + 1] = ('x'):rep(99) .. #t end", ["--memory-limit", "8MiB"],
                "8 MiB of memory"
            ),
            ("while true do log.info('flood') end", ["--output-limit", "10kB"], "10000 bytes of output"),
            ("while true do vmm.get('web-1') end", ["--operation-limit", "7"], "7 operations"),
            ("for i = 1, 1e6 do async.spawn(async.sleep, 1) end", ["--coroutine-limit", "50"], "50 coroutines"),
            ("async.sleep('1h')", ["--timeout", "2s"], "2s to run"),
        ]
    )
    func limit(_ source: String, _ flags: [String], _ what: String) async throws {
        let ending = try await withFile("vmm.shutdown('web-2')\n" + source, named: "greedy.lua") { path in
            try await RunningCommand(["run", path, "--simulate"] + flags).ending()
        }
        #expect(ending.status == 5)
        #expect(ending.err.contains("greedy.lua:2: the script was ended: it reached its limit of \(what)"))
        #expect(ending.err.contains("allow more with \(flags[0])"))
        #expect(ending.err.contains("left midway: web-2 (shutdown)"))
    }

    @Test("JSON names the limit's kind, and the status in one word")
    func json() async throws {
        let ending = try await withFile("while true do end", named: "greedy.lua") { path in
            try await vmmlua("run", path, "--simulate", "--cpu-limit", "50ms", "--output", "json")
        }
        #expect(ending.status == 5)
        #expect(ending.lines.last?.contains("limit_exceeded") == true)
    }

    @Test("a script that prints to where nobody reads is left when its time is long over")
    func unread() async throws {
        // A pipe that is full holds up whoever writes to it.
        let pipe = Pipe()
        let source = "vmm.shutdown('web-1') while true do print(('x'):rep(1000)) end"
        let ending = try await withFile(source, named: "flood.lua") { path in
            let arguments = ["run", path, "--simulate", "--speed", "100", "--timeout", "5m", "--grace", "1s"]
            return try await RunningCommand(arguments, out: pipe.fileHandleForWriting).ending()
        }
        #expect(ending.status == 5, "\(ending.err)")
        #expect(
            ending.err.contains("flood.lua: the script was left: it reached its limit of 5m to run"),
            "\(ending.err)"
        )
        #expect(ending.err.hasSuffix("vmmlua: left midway: web-1 (shutdown)\n"), "\(ending.err)")
        try pipe.fileHandleForReading.close()
    }

    @Test("none takes a limit away")
    func none() async throws {
        let ending = try await vmmlua("eval", "#('x'):rep(100 << 20)", "--memory-limit", "none")
        #expect(ending.lines == ["104857600"])
    }

    @Test(
        "a limit that can't be is refused, with what can",
        arguments: [
            ("--cpu-limit", "5x", "5s"), ("--timeout", "0s", "1h30m"), ("--memory-limit", "64 apples", "64MiB"),
            ("--operation-limit", "-1", "from 1 up"),
        ]
    )
    func refused(_ flag: String, _ value: String, _ advice: String) async throws {
        let ending = try await vmmlua("eval", "1", "\(flag)=\(value)")
        #expect(ending.status == 2)
        #expect(ending.err.contains(value))
        #expect(ending.err.contains(advice))
    }

    @Test("help shows what a script says it needs")
    func needs() async throws {
        let source = "-- Resizes.\n-- needs: vmm.set, vmm.power_off\nreturn 1"
        let ending = try await withFile(source, named: "resize.lua") { path in
            try await vmmlua("run", path, "--help")
        }
        #expect(ending.out.contains("NEEDS: --allow 'vmm.set' --allow 'vmm.power_off'"))
    }

    @Test("a script requires modules from its own folder, where that is allowed")
    func modules() async throws {
        let ending = try await withFile("return { answer = 42 }", named: "names.lua") { path in
            let script = path.replacing("names.lua", with: "main.lua")
            try "print(require('names').answer)".write(toFile: script, atomically: true, encoding: .utf8)
            return try await vmmlua("run", script, "--simulate", "--allow", "modules")
        }
        #expect(ending.lines == ["42"], "\(ending.err)")
    }
}
