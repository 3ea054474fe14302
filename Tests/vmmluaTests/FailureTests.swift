import Testing
import VirtualMachines

@testable import vmmlua

/// Each way to fail: its message, its exit code, and nothing else.
@Suite(.timeLimit(.minutes(2))) struct FailureTests {
    private func run(_ source: String, _ options: String...) async throws -> RunningCommand.Ending {
        try await withFile(source, named: "s.lua") { path in
            let ending = try await RunningCommand(["run", path] + options).ending()
            // Lua shortens long paths, and messages give them in full all the same.
            return RunningCommand.Ending(
                status: ending.status,
                out: ending.out,
                err: ending.err.replacing(path, with: "s.lua")
            )
        }
    }

    @Test("a syntax error shows file, line and the line with a caret")
    func syntaxError() async throws {
        let ending = try await run("-- one\nif x then\n\tfoo( = 1)\nend\n", "--simulate")
        #expect(ending.status == 1)
        #expect(
            ending.err == """
                vmmlua: s.lua:3: unexpected symbol near '='
                  3 | \tfoo( = 1)
                    | \t     ^

                """
        )
    }

    @Test("an unknown guest is named, with near names, and what was left midway")
    func unknownGuest() async throws {
        let ending = try await run("vmm.shutdown('web-1')\nvmm.get('web-9')", "--simulate")
        #expect(ending.status == 1)
        #expect(ending.err.contains("vmmlua: s.lua:2: there is no guest \"web-9\"\n  hint: did you mean web-1"))
        #expect(ending.err.hasSuffix("\nvmmlua: left midway: web-1 (shutdown)\n"))
    }

    @Test("an error that nobody caught shows the calls that led to it, those in the script alone")
    func traceback() async throws {
        let ending = try await run(
            "local function f()\n  x.y = 1\nend\nlocal function g()\n  f()\nend\nasync.map({1}, function()\n  g()\nend)",
            "--simulate"
        )
        #expect(ending.status == 1)
        #expect(ending.err.hasPrefix("vmmlua: s.lua:2: attempt to index a nil value (global 'x')\n"), "\(ending.err)")
        #expect(!ending.err.contains("[C]") && !ending.err.contains("[async]"))
    }

    @Test("a wrong password is refused once, with exit code 4, and isn't shown")
    func badPassword() async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            let environment = CommandNAS.environment(url, password: "hunter2-wrong")
            let ending = try await vmmlua("run", "rolling-restart", environment: environment)
            #expect(ending.status == 4)
            #expect(ending.err.contains("the account or the password is wrong"))
            #expect(!(ending.err + ending.out).contains("hunter2"))
            #expect(ending.out.isEmpty)
        }
        #expect(nas.log.calls(of: "login").count == 1)
    }

    @Test("a refused connection is exit code 4, in JSON too")
    func refusedConnection() async throws {
        let environment = CommandNAS.environment("http://127.0.0.1:1")
        let ending = try await vmmlua("run", "rolling-restart", "--output", "json", environment: environment)
        #expect(ending.status == 4)
        #expect(ending.err.hasPrefix("vmmlua: cannot reach 127.0.0.1:1: connection refused\n  hint: "))
        let end = try JSONValue(parsing: Array((ending.lines.last ?? "").utf8))
        #expect(end["status"] == "unreachable" && end["exit_code"] == 4)
        #expect(end["error"]?["kind"] == "unreachable")
    }

    @Test("a web page instead of the API's answer is one clear line")
    func htmlAnswer() async throws {
        let page = "<!DOCTYPE html><html><body>Welcome</body></html>"
        try await RawServer { _ in page }
            .whileServing { url in
                let ending = try await vmmlua("run", "rolling-restart", environment: CommandNAS.environment(url))
                #expect(ending.status == 4)
                #expect(ending.err.hasPrefix("vmmlua: "))
                #expect(ending.err.contains("with a web page, not with the DSM API's JSON"), "\(ending.err)")
                #expect(!ending.err.contains("Welcome"))
            }
        try await RawServer.afterLogin(page)
            .whileServing { url in
                let ending = try await vmmlua("run", "rolling-restart", environment: CommandNAS.environment(url))
                #expect(ending.status == 1)
                #expect(ending.err.contains("vmmlua: rolling-restart.lua:"), "\(ending.err)")
            }
    }

    @Test("a truncated answer is one clear line")
    func truncatedAnswer() async throws {
        try await RawServer.afterLogin(#"{"success": true, "data": {"guests": [{"guest_id": "#)
            .whileServing { url in
                let ending = try await vmmlua("run", "rolling-restart", environment: CommandNAS.environment(url))
                #expect(ending.status == 1)
                #expect(ending.err.contains("vmmlua: rolling-restart.lua:"), "\(ending.err)")
                #expect(!ending.err.contains("sid-1") && !ending.err.contains("token-1"))
            }
    }

    @Test("without a NAS run says how to name one, before anything else")
    func noNAS() async throws {
        let ending = try await vmmlua("run", "rolling-restart")
        #expect(ending.status == 2)
        #expect(ending.out.isEmpty)
        #expect(ending.err.hasPrefix("vmmlua: no NAS is named; give --host URL --account NAME"))
        #expect(ending.err.split(separator: "\n").count == 1)
    }

    @Test("without a terminal there is no prompt for a password, but the flag's name")
    func noPassword() async throws {
        let ending = try await vmmlua("run", "rolling-restart", "--host", "http://127.0.0.1:1", "--account", "op")
        #expect(ending.status == 2)
        #expect(ending.err.contains("--password-file FILE"))
    }

    @Test("an empty selection is a failure that names the pattern")
    func emptySelection() async throws {
        let ending = try await vmmlua("run", "rolling-restart", "wbe-*", "--simulate")
        #expect(ending.status == 1)
        #expect(ending.err.contains("no guest is called 'wbe-*'; running are build-1, "))
        let down = try await vmmlua("run", "rolling-restart", "staging-*", "--simulate")
        #expect(down.status == 1)
        #expect(down.err.contains("none of staging-1, staging-2 is running"))
    }

    @Test("where no guest runs, none is listed")
    func nothingRuns() async throws {
        let ending = try await vmmlua("run", "rolling-restart", "--simulate", "--guests", "0")
        #expect(ending.status == 1)
        #expect(
            ending.err.contains("no guest is called 'web-*'; no guest is running\n"),
            "\(ending.err)"
        )
    }

    @Test("wrong arguments show the script's usage and exit 2")
    func wrongArguments() async throws {
        let ending = try await vmmlua("run", "rolling-restart", "batch=many", "--simulate")
        #expect(ending.status == 2)
        #expect(ending.out.isEmpty)
        #expect(
            ending.err.hasPrefix(
                """
                vmmlua: rolling-restart.lua: batch must be a whole number from 1 up or a percentage such as 25%, not 'many'
                USAGE: vmmlua run rolling-restart [name=web-*] [batch=1] [timeout=10m] [pause=0s] [health] [wait=0s]

                """
            )
        )
    }

    @Test(
        "every mistake in the call is one line and exit code 2",
        arguments: [
            (["run"], "no script is named"),
            (["run", "rolling-restrat", "--simulate"], "did you mean rolling-restart?"),
            (["run", "nothing.lua", "--simulate"], "there is no file 'nothing.lua' and no shipped workflow"),
            (["run", "/", "--simulate"], "cannot read '/': it is a directory"),
            (
                ["run", "rolling-restart", "--simulate", "--host", "http://nas"],
                "--host and --simulate exclude each other"
            ),
            (["run", "rolling-restart", "--host", "nas"], "'nas' is not the URL of a NAS"),
            (["run", "rolling-restart", "--host", "http://nas", "--account", ""], "--account is empty"),
            (["run", "rolling-restart", "--host", "http://nas"], "no account is named for nas:80"),
            (["run", "rolling-restart", "--host", "http://a", "--account", "b", "--dialect", "x"], "not 'x'"),
            (["run", "x", "--host", "http://a", "--account", "b", "--insecure"], "there is no file"),
            (["eval", "1", "--host", "http://a", "--account", "b", "--insecure"], "--insecure is for https alone"),
            (
                ["eval", "1", "--host", "https://a", "--account", "b", "--ca", "f", "--insecure"],
                "--ca and --insecure exclude each other"
            ),
            (
                ["eval", "1", "--host", "https://a", "--account", "b", "--fingerprint", "sha256:12"],
                "'sha256:12' is not the fingerprint of a certificate"
            ),
            (["run", "rolling-restart", "--speed", "2"], "--speed is for --simulate alone"),
            (["run", "rolling-restart", "--simulate", "--speed", "0"], "--speed must be from 0.001 to 1000000, not 0"),
            (
                ["run", "rolling-restart", "--simulate", "--allow", "vmm.fly"],
                "--allow: there is no permission 'vmm.fly'"
            ),
            (["run", "rolling-restart", "--simulate", "--output", "xml"], "xml"),
            (["eval", "1", "--nonsense"], "unknown option '--nonsense'"),
            (["simulate", "--port", "70000"], "--port must be from 0 to 65535, not 70000"),
            (["dance"], "dance"),
        ]
    )
    func usageErrors(arguments: [String], message: String) async throws {
        let ending = try await RunningCommand(arguments).ending()
        #expect(ending.status == 2)
        #expect(ending.out.isEmpty)
        #expect(ending.err.hasPrefix("vmmlua: ") && ending.err.contains(message), "\(ending.err)")
        #expect(ending.err.split(separator: "\n").count == 1, "\(ending.err)")
    }

    @Test(
        "help is an answer: on standard output, with exit code 0",
        arguments: [
            ([], "USAGE: vmmlua <subcommand>"), (["--help"], "EXIT CODES:"), (["help", "eval"], "USAGE: vmmlua eval"),
            (["eval", "--help"], "USAGE: vmmlua eval"), (["repl", "-h"], "USAGE: vmmlua repl"),
            (["simulate", "--help"], "USAGE: vmmlua simulate"), (["run", "-h"], "USAGE: vmmlua run"),
            (["--version"], "vmmlua "),
        ]
    )
    func help(arguments: [String], part: String) async throws {
        let ending = try await RunningCommand(arguments).ending()
        #expect(ending.status == 0)
        #expect(ending.out.contains(part), "\(ending.out)")
        #expect(ending.err.isEmpty)
    }

    @Test(
        "examples in the help fit a terminal of 80 columns",
        arguments: ["run", "eval", "repl", "simulate"]
    )
    func narrowHelp(command: String) async throws {
        let ending = try await vmmlua(command, "--help")
        let overview = ending.out.split(separator: "USAGE:")[0].split(separator: "\n")
        #expect(overview.allSatisfy { $0.count < 78 }, "\(overview)")
    }

    @Test("an error of the script's own making decides no exit code")
    func forgedError() async throws {
        let ending = try await run("error({kind = 'unreachable', message = 'not really'})", "--simulate")
        #expect(ending.status == 1)
        #expect(ending.err.contains("not really"))
    }
}
