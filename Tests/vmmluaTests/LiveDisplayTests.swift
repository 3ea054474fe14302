import Dispatch
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting
@testable import vmmlua

/// The display at the bottom of a terminal, and what is written above it.
@Suite struct LiveDisplayTests {
    /// A terminal without a program around it, and a display on it that is drawn when a test says so.
    private final class Stage: Sendable {
        let terminal: Mutex<TerminalModel>
        let writeCount = Mutex(0)
        let isOurs = Mutex(true)
        let clock = VirtualClock(start: TestEvents.time(0))
        let queue = DispatchQueue(label: "test")

        init(columns: Int = 80, rows: Int = 24) {
            terminal = Mutex(TerminalModel(columns: columns, rows: rows))
        }

        func display(isColoured: Bool = false, showsOutput: Bool = true) -> LiveDisplay {
            let screen = Screen(
                output: TextOutput { [self] bytes in
                    terminal.withLock { $0.show(bytes) }
                    writeCount.withLock { $0 += 1 }
                },
                size: { [self] in terminal.withLock(\.size) },
                isOurs: { [self] in isOurs.withLock(\.self) },
                showsOutput: showsOutput,
                isColoured: isColoured
            )
            let display = LiveDisplay(on: screen, clock: clock, queue: queue)
            display.show()
            return display
        }

        /// What is shown when all has been drawn that was to be drawn.
        var lines: [String] {
            queue.sync {}
            return terminal.withLock(\.lines)
        }
    }

    private let elsewhere = Console(out: TextOutput { _ in }, err: TextOutput { _ in })
    private let totals = "0:00  0 guests changed, 0 under way, no failures"

    @Test func `lines stay above the status, in order, and it is gone at the end`() {
        let stage = Stage()
        let display = stage.display()
        let console = display.console(over: elsewhere)
        for event in TestEvents.shutdown("web-1") { display.report(event) }
        display.tick()
        let row = "web-1  ····················  shutting down  0:00"
        let underWay = "0:00  0 guests changed, 1 under way, no failures"
        #expect(stage.lines == ["", row, underWay])
        console.err.write(line: "one")
        console.out.write(line: "two")
        display.report(TestEvents.waited("web-1", at: 1))
        display.tick()
        #expect(stage.lines == ["one", "two", "", "0:00  1 guest changed, 0 under way, no failures"])
        display.hide()
        #expect(stage.lines == ["one", "two"])
        console.err.write(line: "three")
        #expect(stage.lines == ["one", "two", "three"])
        #expect(stage.terminal.withLock(\.unknown).isEmpty)
    }

    @Test func `nothing is written while nothing changes, and a tick writes once, however much has come`() {
        let stage = Stage()
        let display = stage.display()
        let console = display.console(over: elsewhere)
        display.tick()
        #expect(stage.lines == ["", totals])
        for _ in 1...10 { display.tick() }
        #expect(stage.lines.count == 2 && stage.writeCount.withLock(\.self) == 1)
        for number in 1...500 {
            for event in TestEvents.shutdown("vm-\(number)", number: 2 * number) { display.report(event) }
            console.err.write(line: "line \(number)")
        }
        display.tick()
        #expect(stage.lines.count == 500 + 14)
        #expect(stage.lines.prefix(500) == (1...500).map { "line \($0)" }[...])
        // The first line is written at once.
        #expect(stage.writeCount.withLock(\.self) <= 3)
    }

    @Test func `the status stays whole at the lower edge of a terminal, over lines that wrap and keys that were typed`()
    {
        let stage = Stage(columns: 60, rows: 6)
        let display = stage.display()
        let console = display.console(over: elsewhere)
        for event in TestEvents.shutdown("web-1") { display.report(event) }
        let long = String(repeating: "x", count: 130)
        for number in 1...9 {
            console.err.write(line: "\(number)\(long)")
            display.tick()
            stage.queue.sync {}
            stage.terminal.withLock { $0.show(Array("^C".utf8)) }
            display.report(.stepBegan(TestEvents.step("step \(number)", number)))
            display.tick()
        }
        let kept = (1...9).map { "\($0)\(long)" }.joined()
        display.tick()
        #expect(
            stage.lines.suffix(3) == [
                "… and 9 more", "web-1  ·····▒▒▒▒···········  shutting down  0:00",
                "0:00  0 guests changed, 1 under way, no failures",
            ]
        )
        display.hide()
        #expect(stage.lines.joined() == kept)
    }

    @Test func `who borrows the terminal has it alone, and what is written meanwhile comes after`() async {
        let stage = Stage()
        let display = stage.display()
        let console = display.console(over: elsewhere)
        console.err.write(line: "before")
        display.tick()
        #expect(stage.lines == ["before", "", totals])
        await display.lend { terminal in
            #expect(stage.lines == ["before"])
            terminal.write(Array("Restart? ".utf8))
            console.err.write(line: "meanwhile")
            display.tick()
            await display.lend { _ in display.tick() }
            #expect(stage.lines == ["before", "Restart?"])
            terminal.write(line: "yes")
        }
        #expect(stage.lines == ["before", "Restart? yes", "meanwhile", "", totals])
    }

    @Test func `the end of a run waits for no borrower`() async {
        let stage = Stage()
        let display = stage.display()
        let console = display.console(over: elsewhere)
        await display.lend { terminal in
            terminal.write(Array("Restart? ".utf8))
            console.err.write(line: "cancelling")
            display.hide()
            #expect(stage.lines == ["Restart?", "cancelling"])
        }
        console.err.write(line: "end")
        #expect(stage.lines == ["Restart?", "cancelling", "end"])
    }

    @Test func `in the background of a shell there are lines alone`() {
        let stage = Stage()
        let display = stage.display()
        let console = display.console(over: elsewhere)
        stage.isOurs.withLock { $0 = false }
        console.err.write(line: "one")
        display.tick()
        #expect(stage.lines == ["one"])
        stage.isOurs.withLock { $0 = true }
        display.tick()
        #expect(stage.lines == ["one", "", totals])
    }

    @Test func `output that goes elsewhere is left alone`() {
        let stage = Stage()
        let display = stage.display(showsOutput: false)
        let out = Mutex<[UInt8]>([])
        let console = display.console(
            over: Console(out: TextOutput { bytes in out.withLock { $0 += bytes } }, err: elsewhere.err)
        )
        console.out.write(line: "printed")
        display.tick()
        #expect(stage.lines == ["", totals])
        #expect(out.withLock { String(decoding: $0, as: UTF8.self) } == "printed\n")
    }

    @Test func `what failed is red where colours are wanted`() {
        let failure = TestEvents.waited("web-1", at: 1, .failure(ScriptError(.timeout, "too long")))
        for isColoured in [true, false] {
            let bytes = Mutex<[UInt8]>([])
            let screen = Screen(
                output: TextOutput { part in bytes.withLock { $0 += part } },
                size: { Screen.Size(columns: 80, rows: 24) },
                isOurs: { true },
                showsOutput: true,
                isColoured: isColoured
            )
            let queue = DispatchQueue(label: "test")
            let display = LiveDisplay(on: screen, clock: VirtualClock(), queue: queue)
            display.show()
            let reporter = TextReporter(display.console(over: elsewhere), clock: VirtualClock(), isRaw: false)
            // All is drawn at once.
            queue.suspend()
            for event in TestEvents.shutdown("web-1") + [failure] {
                display.report(event)
                reporter.report(event)
            }
            queue.resume()
            queue.sync {}
            let lines = String(decoding: bytes.withLock(\.self), as: UTF8.self).split(separator: "\n")
            let red = lines.filter { $0.contains("\u{1B}[31m") }
            #expect(red.count == (isColoured ? 2 : 0), "\(lines)")
            #expect(red.allSatisfy { $0.contains("fail") && $0.contains("\u{1B}[0m") })
        }
    }
}
