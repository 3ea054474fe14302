import CLuaBridge
import Synchronization

/// What ends a script from outside, on any thread, while Lua runs.
@safe
final class KillSwitch: Sendable {
    /// The state that owns this switch closes the universe; nobody can reach the switch then.
    private nonisolated(unsafe) let context: UnsafeMutablePointer<bridge_context>
    private let cancellation = Atomic(false)
    private let steps = Atomic(0)

    init(_ context: UnsafeMutablePointer<bridge_context>) {
        unsafe self.context = context
    }

    var isKilled: Bool { unsafe bridge_cause_of_end(context) != BRIDGE_GOES_ON }

    /// The limit that the script reached, if that ended it.
    var exceededLimit: LuaLimit? { LuaLimit(unsafe bridge_cause_of_end(context)) }

    /// Odd while the script computes; each answer that it gets adds two.
    var stepCount: Int { steps.load(ordering: .relaxed) }

    func beginComputing() {
        steps.add(1, ordering: .relaxed)
    }

    func endComputing() {
        steps.add(1, ordering: .relaxed)
    }

    func noteDelivery() {
        steps.add(2, ordering: .relaxed)
    }

    var isCancelling: Bool { cancellation.load(ordering: .acquiring) }

    func kill() {
        unsafe bridge_end(context, BRIDGE_STOPPED)
    }

    func exceed(_ limit: LuaLimit) {
        unsafe bridge_end(context, limit.cause)
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
