import Dispatch
import Synchronization
import VMMScripting
import VirtualMachines

/// Carries signals to whatever is under way, also those that came before it began.
final class RunControl: Sendable {
    /// The ways to end what is under way.
    struct Target: Sendable {
        /// Asks it to end, and to tidy up within that time at most; nil leaves that to its own limits.
        let cancel: @Sendable (_ grace: Duration?) -> Void
        /// Ends it at once.
        let kill: @Sendable () -> Void
        /// Logs out, where the process is left before the end.
        var farewell: @Sendable () async -> Void = {}
        /// What there is to say of the guests that it changed or began to change.
        var lastWords: @Sendable () -> [String] = { [] }
    }

    private struct State {
        var escalation = Escalation()
        var target: Target?
    }

    private let state = Mutex(State())
    private let console: Console
    private let isAnnouncing: Bool
    private let voice = DispatchQueue(label: "vmmlua.announcements")

    /// It tells the user what a signal leads to, unless told not to.
    init(_ console: Console, isAnnouncing: Bool = true) {
        self.console = console
        self.isAnnouncing = isAnnouncing
    }

    /// The signal that the end is put down to, if one came.
    var signal: Signal? { state.withLock(\.escalation.signal) }

    /// Takes a signal.
    func receive(_ signal: Signal) {
        let (step, target) = state.withLock { ($0.escalation.receive(signal), $0.target) }
        guard let step else { return }
        if isAnnouncing { say { [self] in announce(step, after: signal) } }
        take(step, target)
    }

    private func announce(_ step: Escalation.Step, after signal: Signal) {
        switch step {
        case .cancel:
            let insisting = signal == .interrupt ? "press Ctrl-C again" : "send SIGTERM again"
            let limit = signal.grace.map { " within \($0.brief)" } ?? ""
            console.err.write(line: "vmmlua: cancelling\(limit); \(insisting) to stop at once")
        case .kill:
            console.err.write(line: "vmmlua: stopping; a request on its way is waited for, 10 seconds at most")
        case .leave: break
        }
    }

    /// Carries out what signals end in the one way that there is for a task; gives what it returned or threw.
    ///
    /// `farewell` logs out if the process has to leave before the body ends.
    func carryOut<Value: Sendable, Failure>(
        farewell: @escaping @Sendable () async -> Void = {},
        _ body: @escaping @Sendable () async throws(Failure) -> Value
    ) async -> Result<Value, Failure> {
        let task = Task { () -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        aim(at: Target(cancel: { _ in task.cancel() }, kill: { task.cancel() }, farewell: farewell))
        return await task.value
    }

    /// Aims at `target` from now on.
    func aim(at target: Target) {
        let step = state.withLock { state in
            state.target = target
            return state.escalation.step
        }
        if let step { take(step, target) }
    }

    private func take(_ step: Escalation.Step, _ target: Target?) {
        switch step {
        case .cancel:
            let grace = signal?.grace
            target?.cancel(grace)
            // Not even a kill ends a run whose output nobody reads; the system kills the process soon, and then nothing is told.
            if let grace { leave(target, after: grace + .seconds(20)) }
        case .kill:
            target?.kill()
            // A write on its way is waited for, and what Lua can't be torn out of, but no longer than this.
            leave(target, after: .seconds(10))
        case .leave: leave()
        }
    }

    /// Leaves the process after `time`, where what is under way hasn't ended by then.
    private func leave(_ target: Target?, after time: Duration) {
        Task {
            try? await SystemClock().sleep(for: time)
            await target?.farewell()
            leave()
        }
    }

    /// Leaves the process after `deadline`, unless the task is cancelled before.
    ///
    /// It is the last resort where not even a kill ends what is under way: a script that waits for somebody to read what it
    /// prints, say.
    func leave(after deadline: Timestamp, of clock: any RunClock, with status: ExitStatus, saying line: String) async {
        do {
            try await clock.sleep(until: deadline)
            // A kill takes some time of the real clock, however fast the run's is.
            try await SystemClock().sleep(for: .seconds(2))
        } catch {
            return
        }
        await state.withLock(\.target)?.farewell()
        if !Task.isCancelled { leave(status, saying: [line]) }
    }

    /// Has something written, and waits for that, but not for a terminal that takes nothing more.
    private func say(_ body: @escaping @Sendable () -> Void) {
        let isSaid = DispatchSemaphore(value: 0)
        voice.async {
            body()
            isSaid.signal()
        }
        // A semaphore's own limit of time goes by the wall clock on Linux.
        DispatchQueue.global().asyncAfter(deadline: .now() + 2) { isSaid.signal() }
        isSaid.wait()
    }

    /// Ends the process at once; after a third signal, the session on the NAS is left to time out.
    private func leave() { leave(by: signal ?? .terminate) }

    /// Ends the process at once because of a signal, with what there is to say of the guests.
    func leave(by signal: Signal) { leave(signal.status) }

    private func leave(_ status: ExitStatus, saying lines: [String] = []) {
        let target = state.withLock(\.target)
        say { [console] in
            console.display?.hide()
            for line in lines + (target?.lastWords() ?? []) { console.err.write(line: line) }
        }
        leaveProcess(status)
    }
}

extension RunControl.Target {
    /// Ends a script.
    init(_ run: ScriptRun, command: ScriptCommand?, farewell: @escaping @Sendable () async -> Void) {
        self.init(
            cancel: { run.cancel(grace: $0) },
            kill: { run.kill() },
            farewell: farewell,
            lastWords: { GuestsAtEnd(guests: run.touchedGuests, command: command).lines }
        )
    }
}
