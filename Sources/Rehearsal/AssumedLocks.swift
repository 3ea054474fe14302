import Synchronization
import VMMScripting

/// Locks that nobody else has.
final class AssumedLocks: LockTable {
    private let local = LocalLocks()
    private let names = Mutex<[String]>([])

    /// The locks that were to be taken, each once, in the order of the first time.
    var asked: [String] { names.withLock(\.self) }

    func take(_ name: String, for holder: String) -> LockAttempt {
        names.withLock { if !$0.contains(name) { $0.append(name) } }
        return local.take(name, for: holder)
    }
}
