import DSMSimulator
import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// `vmmlua run` at a terminal, in a process of its own.
@Suite(.timeLimit(.minutes(2))) struct TerminalRunTests {
    /// Never ends: the clock of the NAS stands still.
    private let waiting = "vmm.shutdown('web-1') print('waiting') vmm.wait_status('web-1', 'stopped')"
    private let status = "0 guests changed, 1 under way, no failures"

    /// Runs a script at a terminal, on a NAS whose clock stands still; gives what the terminal shows at the end.
    ///
    /// `body` ends the command.
    private func show(
        _ source: String,
        clock: any RunClock = VirtualClock(),
        faults: FaultPlan = FaultPlan(),
        printsThere: Bool = true,
        environment: [String: String] = [:],
        options: [String] = [],
        _ body: @escaping @Sendable (RunningCommand, Transcript) async throws -> Void
    ) async throws -> (lines: [String], bytes: String, ending: RunningCommand.Ending) {
        let terminal = try PseudoTerminal()
        let (path, ending) = try await CommandNAS(clock: clock, faults: faults).server
            .whileServing { url in
                try await withFile(source, named: "s.lua") { path in
                    let command = try RunningCommand(
                        ["run", path] + options,
                        environment: CommandNAS.environment(url).merging(["TERM": "xterm"]) { $1 }
                            .merging(environment) { $1 },
                        out: printsThere ? terminal.far : nil,
                        terminal: terminal.far
                    )
                    // What it shows ends with it.
                    try terminal.far.close()
                    try await body(command, terminal.shown)
                    let ending = await command.ending()
                    return (path, ending)
                }
            }
        let bytes = await terminal.shown.ended()
        var model = TerminalModel(columns: 200)
        model.show(bytes.utf8)
        #expect(model.unknown.isEmpty)
        let lines = model.lines.map { withoutTime($0).replacing(path, with: "s.lua") }
        return (lines, bytes, ending)
    }

    /// The request was answered, and the status is below what was printed then.
    private func waitUntilShown(_ terminal: Transcript) async throws {
        #expect(await terminal.contains("waiting"))
        #expect(await terminal.contains(" 1 under way"))
    }

    private func withoutTime(_ line: String) -> String {
        line.prefix(8).filter { $0 == ":" }.count == 2 ? String(line.dropFirst(10)) : line
    }

    @Test func `Ctrl-C takes the status away and leaves what happened`() async throws {
        let shown = try await show(waiting) { command, terminal in
            try await waitUntilShown(terminal)
            command.send(.interrupt)
        }
        #expect(shown.ending.status == 130)
        #expect(shown.bytes.contains("shutting down  0:0") && shown.bytes.contains(status))
        #expect(
            // It may not have come to wait yet.
            shown.lines.filter { $0 != "web-1     no longer waited for" } == [
                "web-1     shutting down …", "waiting", "vmmlua: cancelling; press Ctrl-C again to stop at once",
                "vmmlua: s.lua was cancelled",
                "vmmlua: left midway: web-1 (shutdown)",
                "vmmlua: to finish: vmmlua eval 'flow.stop(\"web-1\")'",
            ]
        )
    }

    @Test func `so does a third one, which leaves a request on its way`() async throws {
        let clock = StandingClock()
        let silence = FaultPlan([Fault(.delay(.seconds(1)), in: .init(method: "Shutdown"))])
        let shown = try await show(
            "vmm.shutdown('web-1')",
            clock: clock,
            faults: silence
        ) { command, terminal in
            #expect(await terminal.contains(" 1 under way"))
            for await _ in clock.sleeps { break }
            command.send(.interrupt)
            #expect(await terminal.contains("cancelling"))
            command.send(.interrupt)
            #expect(await terminal.contains("stopping"))
            command.send(.interrupt)
        }
        #expect(shown.ending.status == 130)
        #expect(
            shown.lines == [
                "vmmlua: cancelling; press Ctrl-C again to stop at once",
                "vmmlua: stopping; a request on its way is waited for, 10 seconds at most",
                "vmmlua: left midway: web-1 (shutdown)",
                "vmmlua: to finish: vmmlua eval 'flow.stop(\"web-1\")'",
            ]
        )
    }

    @Test(arguments: [Signal.terminate, .hangUp])
    func `so does what the system ends it by`(signal: Signal) async throws {
        let shown = try await show(waiting) { command, terminal in
            try await waitUntilShown(terminal)
            command.send(signal)
        }
        #expect(shown.ending.status == 143)
        #expect(!shown.lines.contains { $0.contains("under way") || $0.contains("▒") })
        #expect(shown.lines.first == "web-1     shutting down …")
    }

    @Test func `what a script prints into a pipe stays there`() async throws {
        let shown = try await show(waiting, printsThere: false) { command, terminal in
            #expect(await command.out.contains("waiting"))
            #expect(await terminal.contains(" 1 under way"))
            command.send(.terminate)
        }
        #expect(shown.ending.out == "waiting\n")
        #expect(!shown.bytes.contains("waiting\r"))
    }

    @Test(arguments: [["TERM": "dumb"], ["TERM": ""]])
    func `a terminal that can't move its cursor gets lines alone`(environment: [String: String]) async throws {
        let shown = try await show(
            waiting,
            environment: environment
        ) { command, terminal in
            #expect(await terminal.contains("waiting"))
            command.send(.terminate)
        }
        #expect(!shown.bytes.contains("\u{1B}"))
        #expect(shown.lines.prefix(2) == ["web-1     shutting down …", "waiting"])
    }

    @Test func `JSON output is followed by no display`() async throws {
        let shown = try await show(
            "vmm.get('web-9')",
            printsThere: false,
            options: ["--output", "json"]
        ) { _, _ in }
        #expect(shown.ending.status == 1)
        #expect(!shown.bytes.contains("\u{1B}"))
    }

    @Test func `a run that fails ends with its error, below all that it said`() async throws {
        let source = "print('a') vmm.shutdown('web-9')"
        for (noColour, isRed) in [("", true), ("1", false)] {
            let shown = try await show(source, environment: ["NO_COLOR": noColour]) { _, _ in }
            #expect(shown.ending.status == 1)
            #expect(shown.bytes.contains("\u{1B}[31m") == isRed)
            #expect(shown.lines.prefix(2) == ["a", "web-9     failed: there is no guest \"web-9\""])
            #expect(shown.lines.contains { $0.hasSuffix("s.lua:1: there is no guest \"web-9\"") })
        }
    }
}

/// A clock that stands still, and tells of those who wait for it.
private struct StandingClock: RunClock {
    let sleeps: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let clock = VirtualClock()

    init() {
        (sleeps, continuation) = AsyncStream.makeStream()
    }

    var now: Timestamp { clock.now }

    func sleep(until deadline: Timestamp) async throws {
        continuation.yield()
        try await clock.sleep(until: deadline)
    }
}
