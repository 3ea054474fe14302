import Testing
import VirtualMachines

@testable import vmmlua

/// Ctrl-C and SIGTERM, sent to a process that waits or computes.
@Suite(.timeLimit(.minutes(2))) struct SignalTests {
    /// Starts a script on a NAS whose clock stands still, sends `signal` when `mark` was printed, and waits.
    private func end(_ source: String, at mark: String, with signal: Signal) async throws -> (
        RunningCommand.Ending, CommandNAS
    ) {
        let nas = CommandNAS(clock: VirtualClock())
        let ending = try await nas.server.whileServing { url in
            try await withFile(source, named: "s.lua") { path in
                let command = try RunningCommand(["run", path], environment: CommandNAS.environment(url))
                #expect(await command.out.contains(mark))
                #expect(nas.server.sessionCount == 1)
                command.send(signal)
                return await command.ending()
            }
        }
        return (ending, nas)
    }

    private let waiting = "vmm.shutdown('web-1') print('waiting') pcall(vmm.wait_status, 'web-1', 'stopped') vmm.list()"

    @Test("Ctrl-C ends a wait, can't be swallowed, logs out, and says what was left midway")
    func interruptedWait() async throws {
        let (ending, nas) = try await end(waiting, at: "waiting", with: .interrupt)
        #expect(ending.status == 130)
        #expect(ending.err.contains("vmmlua: cancelling; press Ctrl-C again to stop at once\n"))
        #expect(ending.err.hasSuffix("was cancelled\nvmmlua: left midway: web-1 (shutdown)\n"), "\(ending.err)")
        #expect(nas.server.sessionCount == 0)
    }

    @Test("Ctrl-C ends a busy loop and logs out")
    func interruptedLoop() async throws {
        let (ending, nas) = try await end("print('busy') while true do end", at: "busy", with: .interrupt)
        #expect(ending.status == 130)
        #expect(nas.server.sessionCount == 0)
    }

    @Test("SIGTERM ends a wait at once, logs out, and is exit code 143")
    func terminated() async throws {
        let (ending, nas) = try await end(waiting, at: "waiting", with: .terminate)
        #expect(ending.status == 143)
        #expect(ending.err.contains("was terminated\nvmmlua: left midway: web-1 (shutdown)\n"), "\(ending.err)")
        #expect(nas.server.sessionCount == 0)
    }

    @Test("a dropped terminal ends a wait as SIGTERM does")
    func hangUp() async throws {
        let (ending, nas) = try await end(waiting, at: "waiting", with: .hangUp)
        #expect(ending.status == 143)
        #expect(
            ending.err.contains(
                "was ended, as its terminal is gone\nvmmlua: left midway: web-1 (shutdown)\n"
            ),
            "\(ending.err)"
        )
        #expect(nas.server.sessionCount == 0)
    }

    @Test(
        "a signal at the prompt for a password ends the program at once, and the terminal shows again what is typed",
        arguments: [(Signal.interrupt, Int32(130)), (.terminate, 143), (.hangUp, 143)]
    )
    func signalAtPrompt(signal: Signal, status: Int32) async throws {
        let terminal = try PseudoTerminal()
        let command = try RunningCommand(
            ["run", "rolling-restart", "--host", "http://127.0.0.1:1", "--account", "op"],
            terminal: terminal.far
        )
        #expect(await terminal.shown.contains("Password for op on 127.0.0.1:1: "))
        #expect(!terminal.echoes)
        command.send(signal)
        #expect(await command.ending().status == status)
        #expect(terminal.echoes)
    }

    @Test("Ctrl-C typed at the prompt for a password ends the program")
    func interruptTypedAtPrompt() async throws {
        let terminal = try PseudoTerminal()
        let command = try RunningCommand(
            ["run", "rolling-restart", "--host", "http://127.0.0.1:1", "--account", "op"],
            terminal: terminal.far
        )
        #expect(await terminal.shown.contains("Password for op on 127.0.0.1:1: "))
        try terminal.type([3])
        #expect(await command.ending().status == 130)
        #expect(terminal.echoes)
    }

    @Test("SIGTERM ends a busy loop")
    func terminatedLoop() async throws {
        let (ending, nas) = try await end("print('busy') while true do end", at: "busy", with: .terminate)
        #expect(ending.status == 143)
        #expect(nas.server.sessionCount == 0)
    }

    @Test("a script that loops where no hook reaches it ends with the first Ctrl-C, and says what it left midway")
    func loopInHandler() async throws {
        let source = "local function f() while true do end end vmm.shutdown('web-1') print('busy') xpcall(f, f)"
        let ending = try await withFile(source, named: "stuck.lua") { path in
            let command = try RunningCommand(["run", path, "--simulate"])
            #expect(await command.out.contains("busy"))
            command.send(.interrupt)
            return await command.ending()
        }
        #expect(ending.status == 130)
        #expect(ending.err.contains("left midway: web-1 (shutdown)"))
    }

    @Test("the first Ctrl-C asks, the second insists, the third leaves, SIGTERM insists at once")
    func escalation() {
        var twice = Escalation()
        #expect(twice.receive(.interrupt) == .cancel)
        #expect(twice.receive(.interrupt) == .kill)
        #expect(twice.receive(.interrupt) == .leave)
        #expect(twice.signal == .interrupt)
        var both = Escalation()
        #expect(both.receive(.interrupt) == .cancel)
        #expect(both.receive(.terminate) == .kill)
        #expect(both.signal == .terminate)
        var terminated = Escalation()
        #expect(terminated.receive(.terminate) == .kill)
        var dropped = Escalation()
        #expect(dropped.receive(.hangUp) == .kill)
        #expect(dropped.receive(.terminate) == .leave)
        #expect(dropped.signal == .hangUp)
    }
}
