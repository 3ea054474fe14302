import Synchronization

/// Tells what in answers can't be read, once for each guest: a list that is asked for every few seconds would say so each time.
final class Notices: Sendable {
    private let told = Mutex<Set<String>>([])
    private let listener: @Sendable (String) -> Void

    init(tell listener: @escaping @Sendable (String) -> Void) {
        self.listener = listener
    }

    func tell(_ notes: [AnswerNote]) {
        for note in notes { tell(note) }
    }

    func tell(_ note: AnswerNote?) {
        guard let note, told.withLock({ $0.insert(note.subject).inserted }) else { return }
        listener(note.message)
    }
}
