import LuaRuntime
import Synchronization
import VirtualMachines

/// Lets so many at a time use each of some things; the others wait for their turn, first in, first out.
final class Turns<Thing: Hashable & Sendable>: Sendable {
    private struct Line {
        var taken = 0
        /// In the order in which they came; some have left since.
        var order = Queue<Int>()
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
    }

    private struct State {
        var lines: [Thing: Line] = [:]
        var lastNumber = 0

        mutating func takeAtOnce(_ thing: Thing, _ limit: Int) -> Bool {
            guard lines[thing]?.taken ?? 0 < limit else { return false }
            lines[thing, default: Line()].taken += 1
            return true
        }

        /// Who is next, if anybody waits.
        mutating func passOn(_ thing: Thing) -> CheckedContinuation<Bool, Never>? {
            while let number = lines[thing]?.order.popFirst() {
                if let next = lines[thing]?.waiting.removeValue(forKey: number) { return next }
            }
            lines[thing]?.taken -= 1
            if lines[thing]?.taken == 0 { lines[thing] = nil }
            return nil
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Returns once it is the caller's turn, which lasts until ``give(_:)``.
    ///
    /// Throws `cancelled` as soon as the caller's task is.
    func take(_ thing: Thing) async throws(ScriptError) {
        if state.withLock({ $0.takeAtOnce(thing, limit) }) { return }
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let hasTurn = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(for: thing, number, $0) }
        } onCancel: {
            let left = state.withLock { $0.lines[thing]?.waiting.removeValue(forKey: number) }
            left?.resume(returning: false)
        }
        guard hasTurn else { throw ScriptError(.cancelled, "cancelled") }
    }

    private func wait(for thing: Thing, _ number: Int, _ continuation: CheckedContinuation<Bool, Never>) {
        let verdict: Bool? = state.withLock { state in
            // A cancellation that comes from now on finds it in the line.
            if Task.isCancelled { return false }
            if state.takeAtOnce(thing, limit) { return true }
            state.lines[thing, default: Line()].order.append(number)
            state.lines[thing]?.waiting[number] = continuation
            return nil
        }
        if let verdict { continuation.resume(returning: verdict) }
    }

    /// The turn is the next one's.
    func give(_ thing: Thing) {
        state.withLock { $0.passOn(thing) }?.resume(returning: true)
    }
}

/// Lets one write at a time go to a guest: each reads the guest first, and must see what the one before it did.
typealias GuestTurns = Turns<GuestID>
