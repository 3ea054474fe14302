import LuaRuntime
import Rehearsal
import SimulatedVMM
import Testing
import VirtualMachines

@testable import VMMScripting

/// How long guests took, and what plans make of it.
@Suite struct TransitionHistoryTests {
    private let now = Timestamp(sinceEpoch: .seconds(1_800_000_000))

    /// What a run over simulated guests shows of their times.
    private func history(of source: String, timings: Timings) async -> TransitionHistory {
        var cluster = Cluster.standard(now: now)
        cluster.timings = timings
        let run = await Rehearsal(cluster).run(source, named: "test.lua")
        #expect(run.error == nil)
        var reader = TransitionReader()
        for event in run.events { reader.note(event) }
        return reader.history
    }

    private func id(_ name: String) -> GuestID? {
        Cluster.standard(now: now).guests.first { $0.guest.name == name }?.guest.id
    }

    @Test func `it is read out of the events of a run, where somebody waited from the start`() async throws {
        let history = await history(
            of: """
                flow.restart("web-1")
                local t = vmm.shutdown("web-2")
                async.sleep("1h")
                vmm.wait_task(t)
                """,
            timings: Timings(boot: .seconds(70), shutdown: .seconds(40))
        )
        let (first, second) = (try #require(id("web-1")), try #require(id("web-2")))
        #expect(history.expected(.powerOn, of: first) == .seconds(70))
        #expect(history.expected(.shutdown, of: first) == .seconds(40))
        #expect(history.expected(.shutdown, of: second) == nil)
    }

    @Test(arguments: [(4, true), (6, false)])
    func `an action whose answer took long isn't counted`(_ seconds: Int, _ isCounted: Bool) {
        let task = PowerTask(
            id: nil,
            guestID: "a",
            guestName: "web-1",
            action: .shutdown,
            status: .completed,
            changed: true
        )
        func ended(_ kind: OperationClass, from start: Int, to end: Int) -> RunEvent {
            let report = OperationReport(
                id: OperationID(path: .root, sequence: start),
                name: "",
                operationClass: kind,
                guest: nil,
                subject: nil,
                start: now + .seconds(start),
                time: now + .seconds(end)
            )
            return .ended(report, .success(.task(task)))
        }
        var reader = TransitionReader()
        reader.note(ended(.write, from: 0, to: seconds))
        reader.note(ended(.wait, from: seconds, to: seconds + 10))
        #expect(reader.history.expected(.shutdown, of: "a") == (isCounted ? .seconds(10) : nil))
    }

    @Test func `the middle of the last five times is expected`() {
        var history = TransitionHistory()
        #expect(history.expected(.powerOn, of: "a") == nil)
        for seconds in [900, 10, 14, 12, 800, 13] { history.note(.powerOn, of: "a", took: .seconds(seconds)) }
        #expect(history.samples["a"]?[.powerOn]?.count == TransitionHistory.sampleLimit)
        #expect(history.expected(.powerOn, of: "a") == .seconds(13))
        var other = TransitionHistory()
        for _ in 1...3 { other.note(.powerOn, of: "a", took: .seconds(30)) }
        history.append(other)
        #expect(history.expected(.powerOn, of: "a") == .seconds(30))
    }

    @Test func `a plan goes by it, and says for how many guests it could`() async throws {
        let guest = try #require(id("web-1"))
        let history = TransitionHistory([guest: [.powerOn: [.seconds(90)], .shutdown: [.seconds(30)]]])
        let clock = VirtualClock(start: now)
        let original = SimulatedManager(.standard(now: now), clock: clock)
        let clone = try await ClusterClone(of: original, timings: Timings(), history: history, now: now)
        let run = await Rehearsal(clone.cluster).run("flow.restart('web-1') flow.restart('web-2')", named: "test.lua")
        let plan = Plan(run, remarks: clone.remarks(on: run))
        #expect(plan.timelines.map(\.longestOutage) == [.seconds(120), .seconds(35)])
        #expect(plan.assumptions.first == .durations(known: 2, of: 4, others: Timings()))
    }
}
