import Synchronization
import VirtualMachines

/// Asks for all that wait together: one round of questions tells each how its guest and its task stand.
final class WaitingRoom: Sendable {
    /// What somebody waits for.
    struct Interest: Sendable {
        /// By which those who learn something at the same time are put in order.
        var operation: OperationID
        var guest: GuestID?
        var task: TaskID?
        /// The status that ends the wait, whatever the task says.
        var wanted: GuestStatus?
        var start: Timestamp
        var deadline: Timestamp?
    }

    /// What a round found out.
    enum News: Sendable {
        /// The guest, nil where a whole list doesn't have it, and the task.
        case seen(Guest?, TaskNews)
        /// The NAS could not be asked: no news.
        case problem(ScriptError)
    }

    enum TaskNews: Sendable {
        case notAsked
        case report(TaskReport)
        /// The NAS doesn't know the task: it forgets them, at the latest when it restarts.
        case forgotten
    }

    private struct Waiter {
        let interest: Interest
        let continuation: CheckedContinuation<News?, Never>
    }

    private struct State {
        var waiters: [Int: Waiter] = [:]
        /// Cancelled before they waited.
        var cancelled: Set<Int> = []
        var lastWaiter = 0
        var isDriving = false
        /// Whether somebody waits that no round has asked for yet.
        var hasNewcomers = false
        /// When the guests change next, as it was known after the last round, where that can be known.
        var nextChange: Timestamp?
        /// Whom the last round told something; who waits on after that is no newcomer.
        var told: Set<OperationID> = []
        var pause: Task<Void, Never>?
        var pacing = RoundPacing()
        /// When each task was asked for last.
        var asked: [TaskID: Timestamp] = [:]
        /// How each guest stood in the last round.
        var statuses: [GuestID: GuestStatus] = [:]
    }

    private let manager: any VirtualMachineManager
    private let clock: any RunClock
    private let executor: any TaskExecutor
    private let state = Mutex(State())

    init(manager: any VirtualMachineManager, clock: any RunClock, executor: any TaskExecutor) {
        self.manager = manager
        self.clock = clock
        self.executor = executor
    }

    /// What the next round finds out.
    ///
    /// Throws `cancelled` as soon as the caller's task is.
    func news(for interest: Interest) async throws(ScriptError) -> News {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        defer { state.withLock { _ = $0.cancelled.remove(waiter) } }
        let news = await withTaskCancellationHandler {
            await withCheckedContinuation { enroll(waiter, Waiter(interest: interest, continuation: $0)) }
        } onCancel: {
            cancel(waiter)
        }
        guard let news else { throw ScriptError(.cancelled, "cancelled") }
        return news
    }

    private func enroll(_ number: Int, _ waiter: Waiter) {
        let isCancelled = state.withLock { state in
            if state.cancelled.remove(number) != nil { return true }
            state.waiters[number] = waiter
            if !state.told.contains(waiter.interest.operation) { state.hasNewcomers = true }
            // A younger wait is asked for sooner.
            state.pause?.cancel()
            guard !state.isDriving else { return false }
            state.isDriving = true
            Task(executorPreference: executor) { await self.drive() }
            return false
        }
        if isCancelled { waiter.continuation.resume(returning: nil) }
    }

    /// This run has changed a guest: what was known of the next change no longer is.
    func guestsChanged() {
        guard let change = manager.nextChange else { return }
        state.withLock { state in
            state.nextChange = min(state.nextChange ?? change, change)
            state.pause?.cancel()
        }
    }

    private func cancel(_ number: Int) {
        let waiter = state.withLock { state in
            let waiter = state.waiters.removeValue(forKey: number)
            if waiter == nil { state.cancelled.insert(number) }
            if state.waiters.isEmpty { state.pause?.cancel() }
            return waiter
        }
        waiter?.continuation.resume(returning: nil)
    }

    // MARK: Rounds

    /// Runs rounds as long as somebody waits.
    private func drive() async {
        while let pause = nextPause() {
            if let pause {
                await pause.value
            } else {
                await runRound()
            }
        }
    }

    /// The pause before the next round; none where it is due; nil where nobody waits.
    private func nextPause() -> Task<Void, Never>?? {
        let now = clock.now
        return state.withLock { state -> Task<Void, Never>?? in
            state.pause = nil
            guard let youngest = state.waiters.values.map(\.interest.start).max() else {
                state.isDriving = false
                return nil
            }
            let deadline = state.waiters.values.compactMap(\.interest.deadline).min()
            var start = state.pacing.nextStart(youngest: youngest, deadline: deadline, now: now)
            // Whoever waits in vain until then hears of it at the deadline.
            if !state.hasNewcomers, let change = state.nextChange {
                start = max(start, min(change, deadline ?? change))
            }
            guard start > now else { return .some(nil) }
            let pause = Task(executorPreference: executor) { [clock] in _ = try? await clock.sleep(until: start) }
            state.pause = pause
            return pause
        }
    }

    private func runRound() async {
        let start = clock.now
        let waiters = state.withLock { state in
            state.hasNewcomers = false
            return state.waiters
        }
        // What others ask meanwhile is no reason to pause.
        let tally = RequestTally()
        let answers = await RequestTally.$current.withValue(tally) { await ask(for: waiters, tally) }
        switch answers {
        case .success(let news): deliver(news, start: start, requests: tally.count, failed: false)
        case .failure(let error):
            let problem = News.problem(ScriptError(error))
            deliver(waiters.mapValues { _ in problem }, start: start, requests: tally.count, failed: true)
        }
    }

    /// Asks for all who wait.
    private func ask(for waiters: [Int: Waiter], _ tally: RequestTally) async -> Result<[Int: News], VMMError> {
        do throws(VMMError) {
            let guests = try await manager.guests(.among(Set(waiters.values.compactMap(\.interest.guest))))
            let listed = Dictionary(guests.map { ($0.id, $0) }) { first, _ in first }
            let tasks = try await ask(taskQuestions(waiters, listed, listRequests: tally.count))
            return .success(
                waiters.mapValues { waiter in
                    .seen(
                        waiter.interest.guest.flatMap { listed[$0] },
                        waiter.interest.task.flatMap { tasks[$0] } ?? .notAsked
                    )
                }
            )
        } catch {
            return .failure(error)
        }
    }

    /// Which tasks to ask for: first those that nothing else tells of or whose guest has changed, but not as wanted, then
    /// those that were asked for the longest ago; no more than the NAS can bear.
    private func taskQuestions(
        _ waiters: [Int: Waiter],
        _ listed: [GuestID: Guest],
        listRequests: Int
    ) -> [TaskID] {
        let interests = waiters.values.map(\.interest)
            .filter { interest in
                interest.wanted == nil || interest.guest.flatMap { listed[$0]?.status } != interest.wanted
            }
        let now = clock.now
        return state.withLock { state in
            var urgent: Set<TaskID> = []
            for interest in interests {
                guard let task = interest.task else { continue }
                guard let guest = interest.guest else {
                    urgent.insert(task)
                    continue
                }
                let status = listed[guest]?.status
                if let before = state.statuses[guest], before != status { urgent.insert(task) }
            }
            state.statuses = [:]
            for interest in interests {
                if let guest = interest.guest { state.statuses[guest] = listed[guest]?.status }
            }
            let tasks = Set(interests.compactMap(\.task))
            state.asked = state.asked.filter { tasks.contains($0.key) }
            let never = Timestamp(sinceEpoch: .zero)
            let order = tasks.sorted { left, right in
                let (leftTime, rightTime) = (state.asked[left] ?? never, state.asked[right] ?? never)
                return (urgent.contains(left) ? 0 : 1, leftTime, left.rawValue)
                    < (urgent.contains(right) ? 0 : 1, rightTime, right.rawValue)
            }
            let youngest = interests.map(\.start).max() ?? now
            let count = state.pacing.taskQuestions(youngest: youngest, now: now, listRequests: listRequests)
            let chosen = Array(order.prefix(count))
            for task in chosen { state.asked[task] = now }
            return chosen
        }
    }

    private func ask(_ questions: [TaskID]) async throws(VMMError) -> [TaskID: TaskNews] {
        var tasks: [TaskID: TaskNews] = [:]
        for id in questions {
            tasks[id] = try await manager.taskIfKnown(id).map(TaskNews.report) ?? .forgotten
        }
        return tasks
    }

    private func deliver(_ news: [Int: News], start: Timestamp, requests: Int, failed: Bool) {
        let change = manager.nextChange
        let told = state.withLock { state in
            state.pacing.ran(from: start, requests: requests, failed: failed)
            state.nextChange = change
            state.told = Set(news.keys.compactMap { state.waiters[$0]?.interest.operation })
            // Whoever came during the round hears of the next one.
            return news.compactMap { number, news in state.waiters.removeValue(forKey: number).map { ($0, news) } }
        }
        for (waiter, news) in told.sorted(by: { $0.0.interest.operation < $1.0.interest.operation }) {
            waiter.continuation.resume(returning: news)
        }
    }
}
