import Synchronization
import VMMScripting
import VirtualMachines

/// A script that a test runs, and what the two have to tell each other.
///
/// The script's probes are answered by the test. They are told to it one at a time, and only when nothing of the script can
/// go on without an answer; until then time stands still. So the same guests are seen each time.
final class ScriptUnderTest: Sendable {
    /// A question of the script's.
    struct Probe: Sendable {
        var kind: String
        var target: String
    }

    /// What the test learns of the script.
    enum News: Sendable {
        /// It waits for an answer.
        case probe(Probe)
        /// It ended so.
        case ended(RehearsedRun)
    }

    private typealias Answer = (isSuccess: Bool, reason: String?)

    private struct State {
        /// Probes that the test doesn't know of yet.
        var untold: [(probe: Probe, asker: CheckedContinuation<Answer, Never>)] = []
        /// Whoever waits for the answer to the one that it knows of.
        var asker: CheckedContinuation<Answer, Never>?
        /// Until the script has its answer.
        var isAnswering = false
        var news: News?
        var reader: CheckedContinuation<News, Never>?
        var isOver = false
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Starts it: `run` is given the configuration with a prober, and with what moves the clock.
    init(
        on bench: TestBench,
        configuration: ScriptHost.Configuration,
        run: @escaping @Sendable (ScriptHost.Configuration) async -> RehearsedRun
    ) {
        var configuration = configuration
        configuration.prober = TestProber(script: self)
        configuration.onIdle = { [self] in canWait() && bench.clock.advanceToNextDeadline() }
        let task = Task { [configuration] in end(await run(configuration)) }
        state.withLock { $0.task = task }
    }

    // MARK: The script's side

    /// Waits for the test's answer.
    func ask(_ probe: Probe) async -> (isSuccess: Bool, reason: String?) {
        let answer = await withCheckedContinuation { (asker: CheckedContinuation<Answer, Never>) in
            let isOver = state.withLock { state in
                if !state.isOver { state.untold.append((probe, asker)) }
                return state.isOver
            }
            if isOver { asker.resume(returning: (false, "the test is over")) }
        }
        state.withLock { $0.isAnswering = false }
        return answer
    }

    /// Called when the script can't go on by itself: whether it may wait for the clock, rather than for the test.
    private func canWait() -> Bool {
        let next: Probe? = state.withLock { state in
            guard !state.isAnswering, !state.untold.isEmpty else { return nil }
            let next = state.untold.removeFirst()
            state.asker = next.asker
            state.isAnswering = true
            return next.probe
        }
        if let next { tell(.probe(next)) }
        return state.withLock { !$0.isAnswering }
    }

    private func end(_ run: RehearsedRun) {
        state.withLock { $0.isOver = true }
        tell(.ended(run))
    }

    private func tell(_ news: News) {
        let reader = state.withLock { state in
            defer { state.reader = nil }
            if state.reader == nil { state.news = news }
            return state.reader
        }
        reader?.resume(returning: news)
    }

    // MARK: The test's side

    /// Whether it goes on without waiting for the test.
    var isBusy: Bool { state.withLock { !$0.isOver && $0.asker == nil } }

    /// What it wants to know next, or how it ended.
    func next() async -> News {
        await withCheckedContinuation { reader in
            let news = state.withLock { state -> News? in
                defer { state.news = nil }
                if state.news == nil { state.reader = reader }
                return state.news
            }
            if let news { reader.resume(returning: news) }
        }
    }

    /// Answers the probe that was told last.
    func answer(_ isSuccess: Bool, reason: String?) {
        let asker = state.withLock { state in
            defer { state.asker = nil }
            return state.asker
        }
        asker?.resume(returning: (isSuccess, reason))
    }

    /// Ends it: nobody wants to know any more how it goes on.
    func abandon() {
        let (askers, task) = state.withLock { state in
            defer { (state.asker, state.untold) = (nil, []) }
            state.isOver = true
            return ([state.asker].compactMap(\.self) + state.untold.map(\.asker), state.task)
        }
        task?.cancel()
        for asker in askers { asker.resume(returning: (false, "the test is over")) }
    }
}
