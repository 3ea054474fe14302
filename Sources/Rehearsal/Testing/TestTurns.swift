import Synchronization
import VMMScripting
import VirtualMachines

/// Whose turn it is: of a test and the scripts that it runs, one at a time goes on.
///
/// So nobody sees the guests while another works on them, and a seed tells the same story each time. Time passes only when
/// nobody can go on without it, and stands still while a script waits for an answer of a test that waits for scripts.
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

    fileprivate typealias Reader = CheckedContinuation<Result<News, ScriptError>, Never>

    fileprivate struct State {
        /// Who goes on at the moment.
        var active: Set<Participant> = [.test]
        /// Whether somebody was woken who hasn't gone on yet.
        var isWaking = false
        /// Questions that the test doesn't know of yet.
        var untold: [(question: Question, asker: Asker)] = []
        /// Who waits for the answer to the question that it knows of.
        var asker: Asker?
        var reader: (goal: Goal, continuation: Reader)?
        var outcomes: [Int: RehearsedRun] = [:]
        var lastQuestion = 0
        var isOver = false
    }

    fileprivate struct Asker {
        let number: Int
        let script: Int
        let continuation: CheckedContinuation<Answer, Never>
    }

    fileprivate enum Step {
        case tell(Reader, News)
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
                reader.resume(returning: .success(news))
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

    /// Asks the test, for a script; there is no answer for one whose task is cancelled.
    func ask(_ question: Question, for script: Int) async -> Answer {
        let number = state.withLock { state in
            state.lastQuestion += 1
            return state.lastQuestion
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isUnasked = state.withLock { state in
                    if state.isOver || Task.isCancelled { return true }
                    state.untold.append(
                        (question, Asker(number: number, script: script, continuation: continuation))
                    )
                    return false
                }
                if isUnasked { continuation.resume(returning: Self.noAnswer) }
            }
        } onCancel: {
            let asker = state.withLock { $0.withdraw(number) }
            asker?.continuation.resume(returning: Self.noAnswer)
        }
    }

    // MARK: The test's side

    /// Lets the scripts go on until what is waited for has come about, or one asks something.
    ///
    /// Throws ``ScriptError`` (`bad_argument`) where the test waits already, and `cancelled`.
    func proceed(to goal: Goal) async throws(ScriptError) -> News {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Reader) in
                let refusal = state.withLock { state -> ScriptError? in
                    if Task.isCancelled { return Self.cancelled }
                    guard state.reader == nil, state.asker == nil else { return Self.waitsAlready }
                    state.reader = (goal, continuation)
                    return nil
                }
                if let refusal { continuation.resume(returning: .failure(refusal)) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                state.active.insert(.test)
                return state.reader.take()
            }
            reader?.continuation.resume(returning: .failure(Self.cancelled))
        }
        .get()
    }

    private static let cancelled = ScriptError(.cancelled, "cancelled")
    private static let waitsAlready = ScriptError(
        .badArgument,
        "a test waits for one thing at a time: it is at sim.advance, sim.run or run:result already",
        hint: "start scripts side by side with sim.start, and wait for one after the other"
    )

    /// Answers the question that was told last.
    func answer(_ answer: Answer) {
        let asker = state.withLock { state in
            if let script = state.asker?.script { state.active.insert(.script(script)) }
            return state.asker.take()
        }
        asker?.continuation.resume(returning: answer)
    }

    /// The test is over: nobody answers any more, and time is the scripts' own, so that they come to an end.
    func close() {
        let askers = state.withLock { state in
            defer { (state.asker, state.untold) = (nil, []) }
            state.isOver = true
            state.active.remove(.test)
            return [state.asker].compactMap(\.self) + state.untold.map(\.asker)
        }
        for asker in askers { asker.continuation.resume(returning: Self.noAnswer) }
        _ = goOn()
    }

    private static let noAnswer: Answer = (false, "the test is over")
}

extension TestTurns.State {
    /// Takes back a question that nobody has answered yet.
    fileprivate mutating func withdraw(_ number: Int) -> TestTurns.Asker? {
        if asker?.number == number { return asker.take() }
        guard let place = untold.firstIndex(where: { $0.asker.number == number }) else { return nil }
        return untold.remove(at: place).asker
    }

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
            guard let outcome = outcomes[script] else { return advance(noLaterThan: nil) }
            return tell(reader, .reached(outcome))
        case .time(let time):
            guard time <= clock.now else { return advance(noLaterThan: time) }
            return tell(reader, .reached(nil))
        }
    }

    private mutating func tell(
        _ reader: TestTurns.Reader,
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
