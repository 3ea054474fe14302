import Testing
import VirtualMachines

/// Every row of the table by which a lost write is judged.
@Suite struct ReconciliationTests {
    private static func guest(_ status: GuestStatus, memoryMB: Int? = 1_024) -> Guest {
        Guest(id: "g", name: "web", status: status, vcpuCount: 1, memoryMB: memoryMB)
    }

    private func decide(
        _ action: UnansweredWrite.Action,
        before: GuestStatus,
        now guest: Guest?,
        task: Bool = false,
        absence: Int = 0,
        lost: Int = 10,
        age: Int = 10,
        mayBeUnderWay: Bool = false
    ) -> Reconciliation {
        Reconciliation(
            of: UnansweredWrite(action, before: Self.guest(before)),
            WriteEvidence(
                guest: guest,
                hasRunningTask: task,
                absence: .seconds(absence),
                sinceLost: .seconds(lost),
                sinceIntent: .seconds(age),
                mayBeUnderWay: mayBeUnderWay
            ),
            settle: .seconds(10)
        )
    }

    @Test(
        arguments: [
            (.powerOn, .stopped, [.running, .booting]),
            (.shutdown, .running, [.stopped, .crashed, .shuttingDown]),
            (.powerOff, .running, [.stopped, .crashed, .shuttingDown]),
        ] as [(PowerAction, GuestStatus, [GuestStatus])]
    )
    func `a change of power is done as soon as the guest shows it, and sent again only where nothing has changed`(
        _ action: PowerAction,
        _ before: GuestStatus,
        _ done: [GuestStatus]
    ) {
        for status in GuestStatus.allCases {
            let expected: Reconciliation =
                if done.contains(status) {
                    .done
                } else if status == before || status.isNoNews {
                    .sendAgain
                } else {
                    .unknown
                }
            #expect(decide(.power(action), before: before, now: Self.guest(status)) == expected, "\(status)")
        }
        #expect(decide(.power(action), before: before, now: nil) == .unknown)
    }

    @Test func `a running task proves a change of power that the status doesn't show yet`() {
        #expect(decide(.power(.shutdown), before: .running, now: Self.guest(.running), task: true, lost: 0) == .done)
    }

    @Test func `before it has settled nothing is sent again, and when it is old neither`() {
        for (lost, age, expected) in [
            (0, 0, .lookAgain), (9, 9, .lookAgain), (10, 10, .sendAgain), (10, 599, .sendAgain), (10, 600, .unknown),
        ] as [(Int, Int, Reconciliation)] {
            let decision = decide(.power(.powerOn), before: .stopped, now: Self.guest(.stopped), lost: lost, age: age)
            #expect(decision == expected)
        }
    }

    @Test func `what the NAS may still be at work on is never sent again`() {
        let stopped = Self.guest(.stopped)
        for (lost, expected) in [(0, .lookAgain), (10, .unknown)] as [(Int, Reconciliation)] {
            #expect(
                decide(.power(.powerOn), before: .stopped, now: stopped, lost: lost, mayBeUnderWay: true) == expected
            )
        }
        #expect(decide(.power(.powerOn), before: .stopped, now: Self.guest(.booting), mayBeUnderWay: true) == .done)
    }

    @Test func `settings are done when they read back, and sent again when all are as before`() {
        let action = UnansweredWrite.Action.set(GuestSettings(memoryMB: 2_048))
        #expect(decide(action, before: .stopped, now: Self.guest(.stopped, memoryMB: 2_048), lost: 0) == .done)
        #expect(decide(action, before: .stopped, now: Self.guest(.stopped)) == .sendAgain)
        #expect(decide(action, before: .stopped, now: Self.guest(.stopped, memoryMB: 512)) == .unknown)
        // Nobody knows whether a size that can't be read is the wanted one.
        #expect(decide(action, before: .stopped, now: Self.guest(.stopped, memoryMB: nil)) == .unknown)
        #expect(decide(action, before: .stopped, now: nil) == .unknown)
    }

    @Test func `a deletion is done when the guest stays away for as long as it takes to settle`() {
        #expect(decide(.delete, before: .stopped, now: nil, absence: 0, lost: 0) == .lookAgain)
        #expect(decide(.delete, before: .stopped, now: nil, absence: 9, lost: 12) == .lookAgain)
        #expect(decide(.delete, before: .stopped, now: nil, absence: 10) == .done)
        #expect(decide(.delete, before: .stopped, now: Self.guest(.stopped)) == .sendAgain)
        #expect(decide(.delete, before: .stopped, now: Self.guest(.running)) == .unknown)
    }
}
