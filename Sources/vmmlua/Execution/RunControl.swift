import Synchronization
import VMMScripting

/// Carries signals to whatever is under way, also those that came before it began.
final class RunControl: Sendable {
    /// The ways to end what is under way.
    struct Target: Sendable {
        let cancel: @Sendable () -> Void
        let kill: @Sendable () -> Void
    }

    private struct State {
        var escalation = Escalation()
        var target: Target?
    }

    private let state = Mutex(State())
    private let announce: @Sendable (Escalation.Step) -> Void

    /// `announce` tells the user what a signal leads to.
    init(announce: @escaping @Sendable (Escalation.Step) -> Void = { _ in }) {
        self.announce = announce
    }

    /// The signal that the end is put down to, if one came.
    var signal: Signal? { state.withLock(\.escalation.signal) }

    /// Takes a signal.
    func receive(_ signal: Signal) {
        let (step, target) = state.withLock { ($0.escalation.receive(signal), $0.target) }
        guard let step else { return }
        announce(step)
        target?.take(step)
    }

    /// Aims at `target` from now on.
    func aim(at target: Target) {
        let step = state.withLock { state in
            state.target = target
            return state.escalation.step
        }
        if let step { target.take(step) }
    }
}

extension RunControl.Target {
    /// Ends a script.
    init(_ run: ScriptRun) {
        self.init(cancel: { run.cancel() }, kill: { run.kill() })
    }

    /// Ends a task, in the one way that there is.
    init<Value: Sendable>(_ task: Task<Value, Never>) {
        self.init(cancel: { task.cancel() }, kill: { task.cancel() })
    }

    fileprivate func take(_ step: Escalation.Step) {
        switch step {
        case .cancel: cancel()
        case .kill: kill()
        }
    }
}
