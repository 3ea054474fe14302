import Rehearsal
import Synchronization
import VMMScripting

/// Keeps how long the guests of a run take to boot and to shut down.
final class TransitionRecorder: Reporter {
    private let reader = Mutex(TransitionReader())

    /// What was seen so far.
    var history: TransitionHistory { reader.withLock(\.history) }

    func report(_ event: RunEvent) {
        reader.withLock { $0.note(event) }
    }
}
