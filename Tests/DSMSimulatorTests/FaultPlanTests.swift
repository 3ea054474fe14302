import Testing

@testable import DSMSimulator

/// Which calls go wrong, and when.
@Suite struct FaultPlanTests {
    private let shutdown = FaultPlan.Call(
        api: "SYNO.Virtualization.API.Guest.Action",
        method: "shutdown",
        guest: ["id-1", "web-1"]
    )

    /// The endings of so many equal calls, one a second.
    private func endings(_ plan: FaultPlan, _ call: FaultPlan.Call, count: Int) -> [Fault.Effect?] {
        var plan = plan
        return (0..<count).map { plan.decide(call, after: .seconds($0)).ending }
    }

    @Test("a plan without faults lets everything through")
    func empty() {
        var plan = FaultPlan()
        #expect(plan.decide(shutdown, after: .zero) == FaultPlan.Decision())
    }

    @Test("a fault hits by count: some calls pass first, then it hits so often")
    func byCount() {
        let plan = FaultPlan([Fault(.resetAfter, skip: 1, times: 2)])
        #expect(endings(plan, shutdown, count: 5) == [nil, .resetAfter, .resetAfter, nil, nil])
    }

    @Test("a fault hits within its time alone")
    func byTime() {
        let plan = FaultPlan([Fault(.badGateway, from: .seconds(1), until: .seconds(3))])
        #expect(endings(plan, shutdown, count: 4) == [nil, .badGateway, .badGateway, nil])
    }

    @Test("a fault hits by chance as often as it should, and the same way for the same seed")
    func byProbability() {
        let faults = [Fault(.html, probability: 0.2)]
        let first = endings(FaultPlan(faults, seed: 7), shutdown, count: 1_000)
        #expect(first == endings(FaultPlan(faults, seed: 7), shutdown, count: 1_000))
        #expect(first != endings(FaultPlan(faults, seed: 8), shutdown, count: 1_000))
        #expect((150...250).contains(first.count { $0 != nil }))
        #expect(endings(FaultPlan([Fault(.html, probability: 0)]), shutdown, count: 50).allSatisfy { $0 == nil })
    }

    @Test(
        "a fault hits the calls that its patterns name",
        arguments: [
            (Fault.Calls(), true), (.init(api: "*.Guest.Action"), true), (.init(api: "SYNO.API.*"), false),
            (.init(method: "shut????"), true), (.init(method: "Shutdown"), false), (.init(guest: "web-*"), true),
            (.init(guest: "id-1"), true), (.init(guest: "db-*"), false), (.init(action: "reboot"), false),
        ]
    )
    func matching(calls: Fault.Calls, isHit: Bool) {
        let plan = FaultPlan([Fault(.resetBefore, in: calls)])
        #expect(endings(plan, shutdown, count: 1) == [isHit ? .resetBefore : nil])
    }

    @Test("an action is matched where there is one")
    func action() {
        var call = FaultPlan.Call(api: "SYNO.Virtualization.Guest.Action", method: "pwr_ctl", action: "reboot")
        let plan = FaultPlan([Fault(.resetBefore, in: .init(action: "reboot"))])
        #expect(endings(plan, call, count: 1) == [.resetBefore])
        call.action = "poweron"
        #expect(endings(plan, call, count: 1) == [nil])
    }

    @Test("delays add up, a restart goes first, and one ending leaves the faults behind it unused")
    func several() {
        var plan = FaultPlan([
            Fault(.delay(.seconds(1))), Fault(.restart, times: 1), Fault(.delay(.seconds(2))),
            Fault(.refuse(code: 118), times: 1), Fault(.truncate, times: 1), Fault(.delay(.seconds(9)), times: 0),
        ])
        let first = plan.decide(shutdown, after: .zero)
        #expect(first == .init(delay: .seconds(3), restarts: true, ending: .refuse(code: 118)))
        #expect(plan.decide(shutdown, after: .zero) == .init(delay: .seconds(3), ending: .truncate))
        #expect(plan.decide(shutdown, after: .zero) == .init(delay: .seconds(3)))
    }
}
