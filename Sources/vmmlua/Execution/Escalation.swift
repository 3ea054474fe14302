/// Decides what a signal does to a run: the first Ctrl-C asks, the next insists, a third leaves.
struct Escalation: Sendable {
    /// What is to be done to the run.
    enum Step: Sendable, Equatable {
        /// Have it end by itself.
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

    mutating func receive(_ signal: Signal) -> Step? {
        let next: Step =
            switch step {
            case nil: signal == .interrupt ? .cancel : .kill
            case .cancel: .kill
            case .kill, .leave: .leave
            }
        if self.signal == nil || self.signal == .interrupt { self.signal = signal }
        step = next
        return next
    }
}
