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

    @Test("a watcher doesn't move virtual time on, but wakes first where its deadline lies on the way")
    func standingBy() async throws {
        let watcher = Task {
            try await clock.standBy(until: clock.now + .seconds(10))
            return clock.now
        }
        // Nobody but the watcher sleeps: time stands still, however often it is asked to move.
        for _ in 0..<10 {
            await Task.yield()
            #expect(!clock.advanceToNextDeadline())
        }
        let sleeper = Task {
            try await clock.sleep(for: .seconds(30))
            return clock.now
        }
        while !clock.advanceToNextDeadline() { await Task.yield() }
        #expect(clock.now.seconds == 110)
        #expect(try await watcher.value.seconds == 110)
        #expect(clock.advanceToNextDeadline())
        #expect(try await sleeper.value.seconds == 130)
    }

    @Test("sleepers of the system's clock wake at their deadlines or after, whatever the order in which they lay down")
    func systemSleepers() async throws {
        let clock = SystemClock(speed: 1000)
        let start = clock.now
        let woken = try await withThrowingTaskGroup(of: (Int, Timestamp).self) { group in
            for seconds in [300, 100, 200] {
                group.addTask {
                    try await clock.sleep(until: start + .seconds(seconds))
                    return (seconds, clock.now)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(woken.count == 3)
        for (seconds, time) in woken { #expect(time - start >= .seconds(seconds)) }
    }

    @Test("a cancelled sleep of the system's clock ends at once, whether it is cancelled before or after it began")
    func systemCancellation() async {
        let clock = SystemClock()
        let early = Task { try await clock.sleep(for: .seconds(3600)) }
        early.cancel()
        await #expect(throws: CancellationError.self) { try await early.value }
        let late = Task { try await clock.sleep(for: .seconds(3600)) }
        for _ in 0..<10 { await Task.yield() }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
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

    @Test("with a seed, equal deadlines wake in another order, the same each time")
    func orderOfEqualDeadlines() async throws {
        func order(_ seed: UInt64?) async throws -> [Int] {
            let clock = VirtualClock(orderSeed: seed)
            let deadline = clock.now + .seconds(1)
            return try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<5 {
                    // The first part runs at once, so the sleeps begin in this order.
                    group.addImmediateTask {
                        try await clock.sleep(until: deadline)
                        return number
                    }
                }
                var order: [Int] = []
                while clock.advanceToNextDeadline() { if let number = try await group.next() { order.append(number) } }
                return order
            }
        }
        #expect(try await order(nil) == [0, 1, 2, 3, 4])
        #expect(try await order(1) == (try await order(1)))
        #expect(try await order(1) != [0, 1, 2, 3, 4])
    }
}

@Suite struct TimeArithmeticTests {
    private let odd: [Double] = [0, -1, 1e-30, 1e15, 1e17, 1e300, -1e300, .infinity, -.infinity, .nan]

    @Test func `no arithmetic on instants and durations from outside overflows`() {
        for first in odd {
            for second in odd {
                let instant = Timestamp(sinceEpoch: Duration(clampingSeconds: first))
                var sum = instant
                for _ in 0..<100 { sum = sum + Duration(clampingSeconds: second) }
                #expect(Timestamp.distantPast <= sum && sum <= .distantFuture)
                #expect(Timestamp.distantFuture - sum >= .zero)
                _ = (instant - sum).brief
                _ = SystemClock(speed: abs(first) > 0 ? abs(first) : 1).now + Duration(clampingSeconds: second)
            }
        }
        let longest = Duration(secondsComponent: .max, attosecondsComponent: 0)
        #expect(Timestamp.distantPast + longest == .distantFuture)
        #expect(Timestamp.distantFuture + (.zero - longest) == .distantPast)
    }

    @Test func `a clock that is sped up beyond all measure goes on, and its sleeps end`() async throws {
        let clock = SystemClock(speed: 1e300)
        let before = clock.now
        try await clock.sleep(for: .seconds(1_000))
        #expect(clock.now >= before && clock.now <= .distantFuture)
        #expect(clock.wallTime <= .distantFuture)
    }

    @Test func `text of a duration is taken up to the longest that there is`() {
        #expect(Duration(text: "1h30m") == .seconds(5_400))
        #expect(Duration(text: "999999999999999s") == .seconds(999_999_999_999_999))
        for text in ["1e3s", "9999999999999999s", "99999999999999999999d", "900000000000000s900000000000000s", "nans"] {
            #expect(Duration(text: text) == nil, "\(text)")
        }
    }
}
