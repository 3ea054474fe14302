import Synchronization
import VMMScripting
import VirtualMachines

/// Whose turn it is: of a test and the scripts that it runs, one at a time goes on.
///
/// So nobody sees the guests while another works on them, and a seed tells the same story each time. Time passes only when
/// nobody can go on without it, and stands still while a script waits for the test's answer.
final class TestTurns: Sendable {
    /// Whoever may have a turn.
    enum Participant: Sendable, Hashable {
        case test
        /// A script, by its number.
        case script(Int)
    }

    /// What a script asks the test.
    enum Question: Sendable {
        /// Whether something answers.
        case probe(kind: String, target: String)
        /// For leave.
        case approval(String)
    }

    typealias Answer = (isYes: Bool, reason: String?)

    /// What the test waits for.
    enum Goal: Sendable {
        /// A script's end.
        case end(of: Int)
        /// A time; what is due by then has happened.
        case time(Timestamp)
    }

    /// What the test learns.
    enum News: Sendable {
        /// A script waits for an answer.
        case question(Question)
        /// What was waited for came about; the outcome, where it was a script's end.
        case reached(RehearsedRun?)
    }

    fileprivate struct State {
        /// Who goes on at the moment.
        var active: Set<Participant> = [.test]
        /// Whether somebody was woken who hasn't gone on yet.
        var isWaking = false
        /// Questions that the test doesn't know of yet.
        var untold: [(question: Question, asker: Asker)] = []
        /// Who waits for the answer to the question that it knows of.
        var asker: Asker?
        var reader: (goal: Goal, continuation: CheckedContinuation<News, Never>)?
        var outcomes: [Int: RehearsedRun] = [:]
        var isOver = false
    }

    fileprivate struct Asker {
        let script: Int
        let continuation: CheckedContinuation<Answer, Never>
    }

    fileprivate enum Step {
        case tell(CheckedContinuation<News, Never>, News)
        case advance(noLaterThan: Timestamp?)
    }

    private let clock: VirtualClock
    private let state = Mutex(State())

    init(clock: VirtualClock) {
        self.clock = clock
    }

    // MARK: Turns

    /// Somebody can't go on by itself; whether that may have brought it something to do.
    func idle(_ participant: Participant) -> Bool {
        state.withLock { _ = $0.active.remove(participant) }
        return goOn()
    }

    /// Somebody was woken by the clock.
    func woke(_ participant: Participant) {
        state.withLock { state in
            state.isWaking = false
            state.active.insert(participant)
        }
    }

    /// Gives the next turn, if nobody has one.
    private func goOn() -> Bool {
        while let step = state.withLock({ $0.nextStep(clock) }) {
            switch step {
            case .tell(let reader, let news):
                reader.resume(returning: news)
                return true
            case .advance(nil):
                if clock.advanceToNextDeadline() { return true }
                state.withLock { $0.isWaking = false }
                return false
            case .advance(let time?):
                if clock.advanceToNextDeadline(noLaterThan: time) { return true }
                state.withLock { $0.isWaking = false }
            }
        }
        return false
    }

    // MARK: The scripts' side

    /// A script begins.
    func began(_ script: Int) {
        state.withLock { _ = $0.active.insert(.script(script)) }
    }

    /// A script ended.
    func ended(_ script: Int, _ run: RehearsedRun) {
        state.withLock { state in
            state.outcomes[script] = run
            state.active.remove(.script(script))
        }
        _ = goOn()
    }

    /// Asks the test, for a script.
    func ask(_ question: Question, for script: Int) async -> Answer {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.untold.append((question, Asker(script: script, continuation: continuation))) }
                return state.isOver
            }
            if isOver { continuation.resume(returning: Self.noAnswer) }
        }
    }

    // MARK: The test's side

    /// Lets the scripts go on until what is waited for has come about, or one asks something.
    func proceed(to goal: Goal) async -> News {
        await withCheckedContinuation { continuation in state.withLock { $0.reader = (goal, continuation) } }
    }

    /// Answers the question that was told last.
    func answer(_ answer: Answer) {
        let asker = state.withLock { state in
            if let script = state.asker?.script { state.active.insert(.script(script)) }
            return state.asker.take()
        }
        asker?.continuation.resume(returning: answer)
    }

    /// Nobody answers any more.
    func close() {
        let askers = state.withLock { state in
            defer { (state.asker, state.untold) = (nil, []) }
            state.isOver = true
            return [state.asker].compactMap(\.self) + state.untold.map(\.asker)
        }
        for asker in askers { asker.continuation.resume(returning: Self.noAnswer) }
    }

    private static let noAnswer: Answer = (false, "the test is over")
}

extension TestTurns.State {
    /// What is to be done now that may let somebody go on; nil while somebody does.
    fileprivate mutating func nextStep(_ clock: VirtualClock) -> TestTurns.Step? {
        guard active.isEmpty, !isWaking else { return nil }
        guard let (goal, reader) = reader else { return advance(noLaterThan: nil) }
        if asker == nil, !untold.isEmpty {
            let next = untold.removeFirst()
            asker = next.asker
            return tell(reader, .question(next.question))
        }
        switch goal {
        case .end(let script):
            guard let outcome = outcomes.removeValue(forKey: script) else { return advance(noLaterThan: nil) }
            return tell(reader, .reached(outcome))
        case .time(let time):
            guard time <= clock.now else { return advance(noLaterThan: time) }
            return tell(reader, .reached(nil))
        }
    }

    private mutating func tell(
        _ reader: CheckedContinuation<TestTurns.News, Never>,
        _ news: TestTurns.News
    ) -> TestTurns.Step {
        self.reader = nil
        active.insert(.test)
        return .tell(reader, news)
    }

    private mutating func advance(noLaterThan time: Timestamp?) -> TestTurns.Step {
        isWaking = true
        return .advance(noLaterThan: time)
    }
}

/// The clock that a test and its scripts share, as one of them sees it.
struct TestClock: RunClock {
    let clock: VirtualClock
    let turns: TestTurns
    let participant: TestTurns.Participant

    var now: Timestamp { clock.now }

    func sleep(until deadline: Timestamp) async throws {
        try await clock.sleep(until: deadline)
        turns.woke(participant)
    }

    func standBy(until deadline: Timestamp) async throws {
        try await clock.standBy(until: deadline)
        turns.woke(participant)
    }
}
