import Foundation
import LuaRuntime
import Rehearsal
import SimulatedVMM
import Testing
import VirtualMachines

@testable import VMMScripting
@testable import vmmlua

/// What a person sees of values, guests, progress and errors.
@Suite struct RenderingTests {
    private let wide = ValueText(width: nil)

    @Test("values are shown as Lua writes them, strings by themselves without quotes")
    func values() {
        let table: [(LuaValue, String)] = [
            (.nil, "nil"), (true, "true"), (12, "12"), (1.0, "1.0"), (0.1, "0.1"), (1e100, "1e+100"),
            (.number(.infinity), "inf"), (.number(-.infinity), "-inf"), ("a \"b\"", "a \"b\""),
            (.opaque("function"), "<function>"), (.table(LuaTable()), "{}"),
            (.table(LuaTable(elements: [1, "a\n\"", .table(LuaTable())])), #"{ 1, "a\n\"", {} }"#),
            (
                .table(LuaTable(elements: [true], ["b": 1, "end": 2, "a b": "é"])),
                #"{ true, b = 1, ["end"] = 2, ["a b"] = "é" }"#
            ),
            (.table(LuaTable(elements: [.string(LuaString(bytes: [0xFF, 0x41, 0x07]))])), #"{ "\xffA\x07" }"#),
        ]
        for (value, text) in table { #expect(wide.text(value) == text) }
    }

    @Test("a table that is too long for its line is broken up, and one that is too deep is cut")
    func longTables() {
        let inner = LuaValue.table(LuaTable(["name": "web-1", "cpus": 2]))
        let value = LuaValue.table(LuaTable(elements: [inner, inner], ["x": 1]))
        #expect(
            ValueText(width: 40).text(value) == """
                {
                  { name = "web-1", cpus = 2 },
                  { name = "web-1", cpus = 2 },
                  x = 1
                }
                """
        )
        var deep = LuaValue.table(LuaTable(elements: [1]))
        for _ in 0..<8 { deep = .table(LuaTable(elements: [deep])) }
        #expect(wide.text(deep) == "{ { { { { { {…} } } } } } }")
    }

    private func guest(_ name: String, memory: LuaValue, tags: [LuaValue] = []) -> LuaValue {
        .table(
            LuaTable([
                "guest_id": .string("id-" + name), "guest_name": .string(name), "status": "running", "vcpu_num": 2,
                "vram_size": memory, "tags": .table(LuaTable(elements: tags)),
            ])
        )
    }

    @Test("a list of guests is shown in aligned columns, those that nobody fills left out")
    func guestTable() {
        let list = LuaValue.table(
            LuaTable(elements: [guest("web-1", memory: 512), guest("database", memory: 16_384, tags: ["a", "b"])])
        )
        #expect(
            wide.text(list) == """
                NAME      STATUS   CPU  MEMORY  TAGS  ID
                web-1     running    2  512 MB  -     id-web-1
                database  running    2   16 GB  a b   id-database
                """
        )
        #expect(wide.text(guest("web-1", memory: 1)).hasPrefix("{ guest_id"))
        #expect(wide.text(.table(LuaTable(elements: [guest("a", memory: 1), 2]))).hasPrefix("{ { guest_id"))
    }

    // MARK: Progress

    private func ended(
        _ name: String,
        _ operationClass: OperationClass,
        _ result: Result<Answer, ScriptError>,
        at second: Int,
        guest: String? = "web-1"
    ) -> RunEvent {
        let report = OperationReport(
            id: OperationID(path: .root, sequence: 1),
            name: name,
            operationClass: operationClass,
            guest: guest,
            subject: nil,
            start: Timestamp(sinceEpoch: .seconds(7_200)),
            time: Timestamp(sinceEpoch: .seconds(7_200 + second))
        )
        return .ended(report, result)
    }

    private func task(_ action: PowerAction, _ status: TaskStatus, changed: Bool) -> Answer {
        .task(PowerTask(id: "t", guestID: "g", guestName: "web-1", action: action, status: status, changed: changed))
    }

    @Test("writes and waits are told in a line each, reads and sleeps in none")
    func progress() {
        var progress = ProgressText { $0.timeOfDay(secondsFromUTC: 0) }
        let stopped = Guest(id: "g", name: "web-1", status: .stopped, vcpuCount: 1, memoryMB: 1)
        let events: [(RunEvent, String?)] = [
            (ended("vmm.list", .read, .success(.guests([])), at: 0), nil),
            (
                ended("vmm.shutdown", .write, .success(task(.shutdown, .running, changed: true)), at: 1),
                "02:00:01  web-1     shutting down …"
            ),
            (
                ended("vmm.wait_task", .wait, .success(task(.shutdown, .completed, changed: true)), at: 16),
                "02:00:16  web-1     stopped after 15s"
            ),
            (
                ended("vmm.power_on", .write, .success(task(.powerOn, .completed, changed: false)), at: 17),
                "02:00:17  web-1     already running"
            ),
            (ended("vmm.wait_task", .wait, .success(task(.powerOn, .completed, changed: false)), at: 17), nil),
            (ended("async.sleep", .wait, .success(.nothing), at: 18, guest: nil), nil),
            (
                ended("vmm.wait_task", .wait, .failure(ScriptError(.timeout, "too long")), at: 19),
                "02:00:19  web-1     failed: too long"
            ),
            (
                ended("vmm.wait_task", .wait, .failure(ScriptError(.cancelled, "cancelled")), at: 20),
                "02:00:20  web-1     no longer waited for"
            ),
            (
                ended("vmm.shutdown", .write, .success(task(.shutdown, .running, changed: true)), at: 30),
                "02:00:30  web-1     shutting down …"
            ),
            (
                ended("vmm.wait_task", .wait, .failure(ScriptError(.cancelled, "cancelled")), at: 35),
                "02:00:35  web-1     no longer waited for"
            ),
            (
                ended("vmm.wait_status", .wait, .success(.guest(stopped)), at: 45),
                "02:00:45  web-1     stopped after 15s"
            ),
        ]
        for (event, line) in events { #expect(progress.line(for: event) == line) }
    }

    @Test("names of wide and combining characters keep what follows in its column")
    func alignment() async throws {
        var progress = ProgressText { $0.timeOfDay(secondsFromUTC: 0) }
        let done = Result<Answer, ScriptError>.failure(ScriptError(.script, "x"))
        let names = ["日本語サーバー", "cafe\u{301}", "web-1"]
        let lines = names.compactMap { progress.line(for: ended("vmm.set", .write, done, at: 0, guest: $0)) }
        #expect(
            lines[1...].map { $0.columns(before: "failed") } == [26, 26] && lines[0].columns(before: "failed") == 26
        )

        let clock = VirtualClock()
        var cluster = Cluster.standard(guestCount: 3, now: clock.now)
        for (guest, name) in zip(cluster.guests, names) {
            var settings = GuestSettings()
            settings.name = name
            try cluster.set(guest.guest.id, settings)
        }
        let run = await Rehearsal(cluster)
            .run("async.map(vmm.list{ status = 'running' }, flow.restart)", named: "s.lua")
        let plan = PlanText(Plan(run), run, start: nil).lines
        let bars = plan.filter { $0.contains("▒▒") }.compactMap { $0.columns(before: "▒") }
        #expect(bars.count == 3 && Set(bars) == [16], "\(plan)")
    }

    @Test("a log entry is one line with its fields")
    func log() {
        let entry = LogEntry(
            time: Timestamp(sinceEpoch: .zero),
            level: .warn,
            message: "slow",
            fields: [.init(key: "guest", value: "web 1"), .init(key: "tries", value: 3)]
        )
        #expect(entry.line(timeOfDay: "00:00:00") == #"00:00:00  warn: slow  guest="web 1"  tries=3"#)
        #expect(Timestamp(sinceEpoch: .milliseconds(1_500)).rfc3339 == "1970-01-01T00:00:01.500Z")
        #expect(Timestamp(sinceEpoch: .seconds(3_600)).timeOfDay(secondsFromUTC: -7_200) == "23:00:00")
    }

    @Test("control characters of others reach no terminal")
    func controlCharacters() {
        let evil = "a\u{1B}[2J\nb\u{9B}\u{7F}\t"
        let told = #"a\x1b[2J\nb\u{9b}\x7f\t"#
        #expect(evil.escapingControls == told)
        #expect("é – 日本".escapingControls == "é – 日本")
        var progress = ProgressText { $0.timeOfDay(secondsFromUTC: 0) }
        let failed = ended("vmm.set", .write, .failure(ScriptError(.script, evil)), at: 0, guest: evil)
        #expect(progress.line(for: failed) == "02:00:00  \(told)  failed: \(told)")
        let entry = LogEntry(
            time: Timestamp(sinceEpoch: .zero),
            level: .warn,
            message: evil,
            fields: [.init(key: .string(LuaString(evil)), value: .string(LuaString(evil)))]
        )
        #expect(entry.line(timeOfDay: "t") == "t  warn: \(told)  \(told)=\"\(told)\"")
        #expect(
            ErrorText().lines(ScriptError(.script, evil, hint: evil)) == [
                "vmmlua: \(told)", "  hint: \(told)",
            ]
        )
        #expect(
            GuestsAtEnd(guests: [TouchedGuest(name: evil, action: "set", isDone: true)], command: nil).lines
                == ["vmmlua: changed before that: \(told) (set)"]
        )
        let list = LuaValue.table(LuaTable(elements: [guest(evil, memory: 1)]))
        #expect(wide.text(list).contains("\n\(told)  running"))
    }

    // MARK: Errors

    @Test("an error shows its place, its hint, and the calls in scripts that led to it")
    func errors() {
        var error = ScriptError(.timeout, "too long", hint: "wait longer")
        error.position = .init(chunk: "...deep/s.lua", line: 3)
        error.traceback = """
            stack traceback:
            \t[C]: in function 'error'
            \t...deep/s.lua:3: in function 'f'
            \t[async]:20: in function 'map'
            \t(...tail calls...)
            \t...deep/s.lua:9: in main chunk
            """
        #expect(
            ErrorText(script: Script(name: "/very/deep/s.lua", source: "")).lines(error) == [
                "vmmlua: /very/deep/s.lua:3: too long", "  hint: wait longer", "  called from:",
                "    /very/deep/s.lua:9: in main chunk",
            ]
        )
    }

    @Test(
        "at its end a run names the guests that it changed, left midway and left off, and the command that finishes it"
    )
    func guestsAtEnd() {
        #expect(GuestsAtEnd(guests: [], command: ScriptCommand()).lines.isEmpty)
        let guests = [
            TouchedGuest(name: "a", action: "shutdown", isDone: false, goal: .stopped),
            TouchedGuest(name: "b", action: "power_on", isDone: true),
            TouchedGuest(name: "c", action: "set", isDone: false),
            TouchedGuest(name: "d", action: "shutdown", isDone: false, goal: .running),
            TouchedGuest(
                name: "e \"1\"",
                action: "set",
                isDone: true,
                isOff: true,
                settings: ["memory 1024 → 2048 MB"]
            ),
        ]
        let told = [
            "vmmlua: changed before that: b (power_on)", "vmmlua: left midway: a (shutdown), c (set), d (shutdown)",
            "vmmlua: off now, and ran before: e \"1\" (memory 1024 → 2048 MB)",
        ]
        #expect(GuestsAtEnd(guests: guests, command: nil).lines == told)
        let command = ScriptCommand(options: ["--host", "https://nas:5001", "--account", "night shift"])
        #expect(
            GuestsAtEnd(guests: guests, command: command).lines == told + [
                #"vmmlua: to finish: vmmlua eval 'async.map({ "d", "e \"1\"" }, flow.start) flow.stop("a")'"#
                    + " --host https://nas:5001 --account 'night shift'"
            ]
        )
        // What became of a change of settings, a person has to see.
        let set = TouchedGuest(name: "c", action: "set", isDone: false)
        #expect(GuestsAtEnd(guests: [set], command: command).lines == ["vmmlua: left midway: c (set)"])
    }

    @Test(
        "the caret stands under the token that the compiler names",
        arguments: [
            ("x = 1\ny = )", "unexpected symbol near ')'", 2, ["  2 | y = )", "    |     ^"]),
            ("\tx = 'abc", "unfinished string near ''abc'", 1, ["  1 | \tx = 'abc", "    | \t    ^"]),
            ("if x then\n\n", "'end' expected near <eof>", 3, ["  1 | if x then", "    |          ^"]),
            ("é = 1", "unexpected symbol near '<\\195>'", 1, ["  1 | é = 1"]),
            ("", "unexpected symbol near <eof>", 1, []),
        ]
    )
    func excerpts(source: String, message: String, line: Int, expected: [String]) async {
        var error = ScriptError(.script, message)
        error.position = .init(chunk: "s.lua", line: line)
        let excerpt = await SourceExcerpt(error, in: Array(source.utf8)) { _ in false }
        #expect(excerpt?.lines ?? [] == expected)
    }

    @Test("of a long line only what stands around the caret is shown")
    func longLine() async {
        var error = ScriptError(.script, "unexpected symbol near ')'")
        error.position = .init(chunk: "s.lua", line: 1)
        let half = String(repeating: "x", count: 5_000)
        let excerpt = await SourceExcerpt(error, in: Array("\(half) = )\(half)".utf8)) { _ in false }
        let lines = excerpt?.lines ?? []
        #expect(lines.first == "  1 | …\(half.prefix(46)) = )\(half.prefix(48))…")
        #expect(lines.last == "    | " + String(repeating: " ", count: 50) + "^")
    }

    @Test("a script's head comment is told without its marks")
    func headComment() {
        let script = Script(name: "s", source: "\n-- One.\n--\n--   two\n\n-- not this\nx = 1")
        #expect(script.headComment == "One.\n\n  two")
        #expect(Script(name: "s", source: "x = 1 -- a").headComment.isEmpty)
    }
}

extension String {
    /// How many columns come before a text in it.
    fileprivate func columns(before text: String) -> Int? {
        range(of: text).map { String(self[..<$0.lowerBound]).columns }
    }
}
