/// Decides what a signal does to a run: the first Ctrl-C asks, whatever comes next insists.
struct Escalation: Sendable {
    /// What is to be done to the run.
    enum Step: Sendable, Equatable {
        /// Have it end by itself.
        case cancel
        /// End it at once.
        case kill
    }

    /// The signal that the run's end is put down to.
    private(set) var signal: Signal?
    /// The strongest that was asked for so far.
    private(set) var step: Step?

    mutating func receive(_ signal: Signal) -> Step? {
        let next: Step = signal == .interrupt && step == nil ? .cancel : .kill
        if self.signal == nil || self.signal == .interrupt { self.signal = signal }
        guard next != step else { return nil }
        step = next
        return next
    }
}
