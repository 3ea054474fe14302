import Synchronization
import VirtualMachines

/// Lets one write at a time go to a guest: each reads the guest first, and must see what the one before it did.
final class GuestTurns: Sendable {
    /// Those who wait for each guest that is taken.
    private let waiters = Mutex<[GuestID: [CheckedContinuation<Void, Never>]]>([:])

    func take(_ guest: GuestID) async {
        await withCheckedContinuation { continuation in
            let isFree = waiters.withLock { waiters in
                guard waiters[guest] != nil else {
                    waiters[guest] = []
                    return true
                }
                waiters[guest, default: []].append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func give(_ guest: GuestID) {
        let next = waiters.withLock { waiters -> CheckedContinuation<Void, Never>? in
            guard var queue = waiters[guest], !queue.isEmpty else {
                waiters[guest] = nil
                return nil
            }
            let next = queue.removeFirst()
            waiters[guest] = queue
            return next
        }
        next?.resume()
    }
}
