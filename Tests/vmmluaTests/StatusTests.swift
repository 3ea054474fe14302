import Testing
import VirtualMachines

@testable import VMMScripting
@testable import vmmlua

/// What the display at the bottom of a terminal says of a run.
@Suite struct StatusTests {
    private func lines(
        _ events: [RunEvent],
        at second: Int = 12,
        columns: Int = 80,
        rows: Int = 24,
        frame: Int = 6
    ) -> [String] {
        var status = RunStatus(start: TestEvents.time(0))
        for event in events { status.note(event) }
        return StatusBlock(status: status, time: TestEvents.time(second), frame: frame)
            .lines(in: Screen.Size(columns: columns, rows: rows)).map(\.text)
    }

    @Test func `a guest has a row from the request until its end was seen, with the time since then`() {
        let begun = TestEvents.shutdown("web-1", at: 2)
        #expect(
            lines(begun) == [
                "", "web-1  ··▒▒▒▒··············  shutting down  0:10",
                "0:12  0 guests changed, 1 under way, no failures",
            ]
        )
        #expect(
            lines(begun + [TestEvents.waited("web-1", at: 12)]) == [
                "", "0:12  1 guest changed, 0 under way, no failures",
            ]
        )
    }

    @Test func `a bar is filled only as far as the NAS tells`() {
        let wait = TestEvents.report("vmm.wait_task", .wait, "web-1", number: 2)
        #expect(
            lines(TestEvents.shutdown("web-1") + [.progressed(wait, percent: 40)])[1]
                == "web-1  ▒▒▒▒▒▒▒▒░░░░░░░░░░░░  shutting down 40 %  0:12"
        )
        #expect(lines(TestEvents.shutdown("web-1"), frame: 0)[1].contains("  ····················  "))
        #expect(lines(TestEvents.shutdown("web-1"), frame: 22)[1].contains("  ··················▒▒  "))
    }

    @Test func `a guest whose step goes on keeps its row between two changes`() {
        let events =
            [.stepBegan(TestEvents.step("restart", 1, guest: "web-1"))] + TestEvents.shutdown("web-1")
            + [TestEvents.waited("web-1", at: 10)]
        #expect(lines(events)[1] == "web-1  ··▒▒▒▒··············  restart  0:12")
        let end = RunEvent.stepEnded(TestEvents.step("restart", 1, guest: "web-1"), failure: nil)
        #expect(lines(events + [end]) == ["", "0:12  1 guest changed, 0 under way, no failures"])
    }

    @Test func `one that fails or is given up is under way no longer`() {
        let timeout = TestEvents.waited("web-1", at: 9, .failure(ScriptError(.timeout, "too long")))
        #expect(
            lines(TestEvents.shutdown("web-1") + [timeout]) == [
                "", "0:12  1 failure, 0 guests changed, 0 under way",
            ]
        )
        let cancelled = TestEvents.waited("web-1", at: 9, .failure(ScriptError(.cancelled, "cancelled")))
        #expect(
            lines(TestEvents.shutdown("web-1") + [cancelled]).last == "0:12  0 guests changed, 0 under way, no failures"
        )
    }

    @Test func `a guest that nobody waits for is done when a list shows it so`() {
        let asked = Array(TestEvents.shutdown("web-1").prefix(2))
        let seen = RunEvent.ended(
            TestEvents.report("vmm.list", .read, nil, number: 3),
            .success(.guests([Guest(id: "id-web-1", name: "web-1", status: .stopped, vcpuCount: 1, memoryMB: 1)]))
        )
        #expect(lines(asked).last == "0:12  0 guests changed, 1 under way, no failures")
        #expect(lines(asked + [seen]).last == "0:12  1 guest changed, 0 under way, no failures")
    }

    @Test func `a guest that is renamed meanwhile leaves no row behind`() {
        let renamed = TestEvents.waited(
            "web-9",
            at: 9,
            .success(TestEvents.task(.shutdown, "web-9", .completed, id: "id-web-1"))
        )
        #expect(lines(TestEvents.shutdown("web-1") + [renamed]).count == 2)
        let failed = TestEvents.waited("web-9", at: 9, .failure(ScriptError(.timeout, "too long")))
        #expect(lines(TestEvents.shutdown("web-1") + [failed]).count == 2)
    }

    @Test func `what became of a lost answer is under way, and late news of it change nothing`() {
        let write = TestEvents.report("vmm.power_on", .write, "id-7")
        let lost = RunEvent.answerLost(TestEvents.report("vmm.power_on", .write, "web-1"), reason: "reset")
        let named = "web-1  ··▒▒▒▒··············  no answer; finding out what became of it  0:12"
        #expect(lines([.began(write), lost])[1] == named)
        let ended = RunEvent.ended(write, .failure(ScriptError(.cancelled, "cancelled")))
        #expect(lines([.began(write), ended, lost]).count == 2)
    }

    @Test func `steps stand above the guests, each below the one that it is part of`() {
        let events: [RunEvent] = [
            .stepBegan(TestEvents.step("tier db", 1)), .stepBegan(TestEvents.step("tier web", 2, since: 1)),
            .stepBegan(TestEvents.step("back up", 3, of: 1, since: 2)),
        ]
        #expect(
            lines(events + TestEvents.shutdown("db-1")) == [
                "", "tier db …  0:12", "  back up …  0:10", "tier web …  0:11",
                "db-1  ··▒▒▒▒··············  shutting down  0:12",
                "0:12  0 guests changed, 1 under way, no failures",
            ]
        )
        let ended = events + [.stepEnded(TestEvents.step("back up", 3, of: 1, at: 9), failure: "full")]
        #expect(!lines(ended).contains { $0.contains("back up") })
    }

    @Test func `while no guest is worked on, what the run waits for is told`() {
        let pause = RunEvent.began(TestEvents.report("async.sleep", .wait, nil, number: 9, since: 10))
        #expect(lines([pause]) == ["", "async.sleep …  0:02", "0:12  0 guests changed, 0 under way, no failures"])
        #expect(lines([pause], at: 10).count == 2)
        #expect(!lines([pause] + TestEvents.shutdown("web-1")).contains { $0.contains("sleep") })
    }

    @Test(arguments: [(24, 17, 11), (10, 9, 4), (4, 3, 1), (3, 2, 0), (2, 1, 0), (1, 0, 0)])
    func `guests take half of the terminal at most, and the block never all of it`(rows: Int, all: Int, named: Int) {
        let names = (1...300).map { "vm-\($0)" }
        let events =
            (1...3).map { .stepBegan(TestEvents.step("step \($0)", $0)) }
            + names.enumerated().flatMap { TestEvents.shutdown($0.element, number: 2 * $0.offset + 1) }
        let lines = lines(events, rows: rows)
        #expect(lines.count <= rows - 1 && lines.count == all, "\(lines)")
        #expect(lines.filter { $0.hasPrefix("vm-") }.count == named)
        if named > 1 { #expect(lines.contains("… and \(300 - named) more")) }
        if rows > 1 { #expect(lines.last == "0:12  0 guests changed, 300 under way, no failures") }
    }

    @Test(arguments: [1, 2, 10, 30, 39, 40, 59, 60, 80, 200])
    func `no line is as wide as the terminal`(columns: Int) {
        let names = ["web-1", "数据库服务器数据库服务器数据库服务器", "👩‍👩‍👧‍👦❤️🇩🇪", "e\u{301}\u{1B}[2J"]
        let events =
            [.stepBegan(TestEvents.step(String(repeating: "段", count: 200), 1))]
            + names.enumerated().flatMap { TestEvents.shutdown($0.element, number: 2 * $0.offset + 1) }
        let lines = lines(events, columns: columns)
        #expect(lines.count == 7)
        for line in lines {
            #expect(line.columns < columns)
            #expect(line == line.escapingControls)
        }
    }

    @Test func `the totals alarm once something has failed`() {
        var status = RunStatus(start: TestEvents.time(0))
        func isAlarming() -> Bool? {
            StatusBlock(status: status, time: TestEvents.time(1), frame: 0)
                .lines(in: Screen.Size(columns: 80, rows: 24)).last?
                .isAlarming
        }
        #expect(isAlarming() == false)
        status.note(.ended(TestEvents.report("vmm.list", .read, nil), .failure(ScriptError(.timeout, "slow"))))
        #expect(isAlarming() == false)
        status.note(.ended(TestEvents.report("vmm.set", .write, "web-1"), .failure(ScriptError(.timeout, "slow"))))
        #expect(isAlarming() == true)
    }

    @Test(
        arguments: [
            ("web-1", 5), ("日本", 4), ("é", 1), ("e\u{301}", 1), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("😀", 2),
            ("▒░·…", 4), ("ｱ", 1), ("Ａ", 2),
        ]
    )
    func `width is counted in a terminal's columns`(text: String, columns: Int) {
        #expect(text.columns == columns)
        #expect(text.cut(toColumns: columns) == text)
        #expect("\(text)\(text)".cut(toColumns: columns).columns <= columns)
    }
}
