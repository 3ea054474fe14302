import CLuaBridge
import Synchronization

/// What ends a script from outside, on any thread, while Lua runs.
@safe
final class KillSwitch: Sendable {
    /// The state that owns this switch closes the universe; nobody can reach the switch then.
    private nonisolated(unsafe) let context: UnsafeMutablePointer<bridge_context>
    private let cancellation = Atomic(false)

    init(_ context: UnsafeMutablePointer<bridge_context>) {
        unsafe self.context = context
    }

    var isKilled: Bool { unsafe bridge_is_killed(context) }

    /// Counts each entry into Lua and each return from it.
    var switchCount: UInt64 { unsafe bridge_switch_count(context) }

    var isCancelling: Bool { cancellation.load(ordering: .acquiring) }

    func kill() {
        unsafe bridge_kill(context)
    }

    func revive() {
        cancellation.store(false, ordering: .relaxed)
        unsafe bridge_revive(context)
    }

    func requestCancellation() {
        cancellation.store(true, ordering: .releasing)
    }

    /// Whether a cancellation was asked for since the last call.
    func takeCancellation() -> Bool {
        cancellation.exchange(false, ordering: .acquiringAndReleasing)
    }
}
