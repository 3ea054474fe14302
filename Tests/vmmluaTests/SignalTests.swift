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

    private let finishing = "vmmlua: to finish: vmmlua eval 'flow.stop(\"web-1\")'\n"
    private let waiting = "vmm.shutdown('web-1') print('waiting') pcall(vmm.wait_status, 'web-1', 'stopped') vmm.list()"

    @Test("Ctrl-C ends a wait, can't be swallowed, logs out, and says what was left midway")
    func interruptedWait() async throws {
        let (ending, nas) = try await end(waiting, at: "waiting", with: .interrupt)
        #expect(ending.status == 130)
        #expect(ending.err.contains("vmmlua: cancelling; press Ctrl-C again to stop at once\n"))
        #expect(
            ending.err.hasSuffix("was cancelled\nvmmlua: left midway: web-1 (shutdown)\n\(finishing)"),
            "\(ending.err)"
        )
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

    @Test("the first signal of any kind asks, another insists, a third leaves; a hang-up never insists")
    func escalation() {
        for signal in [Signal.interrupt, .terminate] {
            var thrice = Escalation()
            #expect(thrice.receive(signal) == .cancel)
            #expect(thrice.receive(signal) == .kill)
            #expect(thrice.receive(signal) == .leave)
            #expect(thrice.signal == signal)
        }
        var both = Escalation()
        #expect(both.receive(.interrupt) == .cancel)
        #expect(both.receive(.terminate) == .kill)
        #expect(both.signal == .terminate)
        // A session that is dropped sends it more than once, and a service manager sends both.
        var dropped = Escalation()
        #expect(dropped.receive(.hangUp) == .cancel)
        #expect(dropped.receive(.hangUp) == nil)
        #expect(dropped.receive(.terminate) == nil)
        #expect(dropped.receive(.hangUp) == nil)
        #expect(dropped.signal == .terminate)
        #expect(dropped.receive(.terminate) == .kill)
        var insisted = Escalation()
        #expect(insisted.receive(.terminate) == .cancel)
        #expect(insisted.receive(.hangUp) == nil)
        #expect(insisted.receive(.terminate) == .kill)
        #expect(insisted.receive(.hangUp) == nil)
        #expect(insisted.receive(.terminate) == .leave)
    }

    @Test(
        "whatever signal ends it, a run starts the guest again that its restart has stopped",
        arguments: Signal.allCases
    )
    func restartIsBroughtBack(signal: Signal) async throws {
        let clock = VirtualClock()
        let nas = CommandNAS(clock: clock)
        let ending = try await nas.server.whileServing { url in
            try await withFile("flow.restart('web-1')", named: "s.lua") { path in
                let command = try RunningCommand(["run", path], environment: CommandNAS.environment(url))
                #expect(await command.err.contains("shutting down"))
                command.send(signal)
                #expect(await command.err.contains("cancelling"))
                clock.advance(by: .seconds(60))
                return await command.ending()
            }
        }
        #expect(ending.status == signal.status.rawValue)
        #expect(try nas.guests(of: "Shutdown") == ["web-1"])
        #expect(try nas.guests(of: "PowerOn") == ["web-1"], "\(ending.err)")
    }

    @Test("a run that is told to end by the system has a minute to tidy up, or its own grace where that is shorter")
    func graceOfSignals() {
        #expect(Signal.allCases.map(\.grace) == [nil, .seconds(60), .seconds(60)])
    }
}
