import Testing
import VirtualMachines

@Suite struct ClockTests {
    private let clock = VirtualClock(start: Timestamp(sinceEpoch: .seconds(100)))

    @Test("virtual time moves only when told to")
    func standsStill() {
        let start = clock.now
        #expect(clock.now == start)
        clock.advance(by: .seconds(5))
        #expect(clock.now - start == .seconds(5))
        #expect(clock.now.seconds == 105)
        #expect(start < clock.now)
    }

    @Test("a sleep whose deadline has come returns at once")
    func pastDeadline() async throws {
        try await clock.sleep(until: clock.now)
        try await clock.sleep(for: .seconds(-1))
    }

    @Test("the next deadline is reached exactly, and wakes who sleeps for it")
    func nextDeadline() async throws {
        let sleeper = Task {
            try await clock.sleep(for: .seconds(30))
            return clock.now
        }
        while !clock.advanceToNextDeadline() { await Task.yield() }
        #expect(try await sleeper.value.seconds == 130)
        #expect(!clock.advanceToNextDeadline())
    }

    @Test("a cancelled sleep ends at once, whether it is cancelled before or after it began")
    func cancellation() async {
        let early = Task { try await clock.sleep(for: .seconds(60)) }
        early.cancel()
        await #expect(throws: CancellationError.self) { try await early.value }

        let late = Task { try await clock.sleep(for: .seconds(60)) }
        await Task.yield()
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(!clock.advanceToNextDeadline())
    }

    @Test("the system's time never goes back, and a sped up one runs ahead of it")
    func systemClock() async throws {
        let clock = SystemClock(speed: 1_000_000)
        let before = clock.now
        try await clock.sleep(for: .seconds(60))
        #expect(clock.now >= before + .seconds(60))
        #expect(SystemClock().now < .distantFuture)
    }

    @Test func `a deadline that nobody waits out is slept for, and the sleep can be cancelled`() async {
        let clock = SystemClock()
        let sleep = Task { try await clock.sleep(until: clock.now + .seconds(1_000_000_000_000_000)) }
        sleep.cancel()
        await #expect(throws: CancellationError.self) { try await sleep.value }
    }
}
