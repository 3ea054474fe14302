/// Decides what a signal does to a run: the first one asks it to end, another insists, a third leaves.
///
/// Ctrl-C, SIGTERM and SIGHUP are equally good reasons to tidy up. A dropped session sends SIGHUP more than once, and a service
/// manager sends it beside SIGTERM: a hang-up never insists, and the first SIGTERM after one doesn't either.
struct Escalation: Sendable {
    /// What is to be done to the run.
    enum Step: Sendable, Equatable {
        /// Cancel it: its handlers run.
        case cancel
        /// End it at once.
        case kill
        /// End the process, whatever becomes of it.
        case leave
    }

    /// The signal that the run's end is put down to.
    private(set) var signal: Signal?
    /// The strongest that was asked for so far.
    private(set) var step: Step?

    /// The step that `signal` leads to; nil where it changes nothing.
    mutating func receive(_ signal: Signal) -> Step? {
        defer { if self.signal != .terminate, signal != .interrupt || self.signal == nil { self.signal = signal } }
        let next: Step
        switch step {
        case nil: next = .cancel
        case .cancel where signal == .hangUp || signal == .terminate && self.signal == .hangUp: return nil
        case .cancel: next = .kill
        case .kill where signal == .hangUp: return nil
        case .kill, .leave: next = .leave
        }
        step = next
        return next
    }
}
