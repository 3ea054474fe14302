import Synchronization

/// What a program has written so far, which a test can wait for.
final class Transcript: Sendable {
    private struct Waiter {
        let isMet: @Sendable (_ text: String, _ isEnded: Bool) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var bytes: [UInt8] = []
        var isEnded = false
        var waiters: [Waiter] = []

        var text: String { String(decoding: bytes, as: UTF8.self) }

        mutating func takeMet() -> [Waiter] {
            let (text, isEnded) = (text, isEnded)
            let met = waiters.filter { isEnded || $0.isMet(text, isEnded) }
            waiters.removeAll { isEnded || $0.isMet(text, isEnded) }
            return met
        }
    }

    private let state = Mutex(State())

    var text: String { state.withLock(\.text) }

    func append(_ bytes: some Sequence<UInt8>) {
        update { $0.bytes += bytes }
    }

    func end() {
        update { $0.isEnded = true }
    }

    private func update(_ change: (inout State) -> Void) {
        let met = state.withLock { state in
            change(&state)
            return state.takeMet()
        }
        for waiter in met { waiter.continuation.resume() }
    }

    /// Waits until the text contains `part`, or until no more will come; whether it does.
    func contains(_ part: String) async -> Bool {
        await wait { text, _ in text.contains(part) }
        return text.contains(part)
    }

    /// Waits until no more will come.
    func ended() async -> String {
        await wait { _, isEnded in isEnded }
        return text
    }

    private func wait(until isMet: @escaping @Sendable (String, Bool) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMetNow = state.withLock { state in
                if state.isEnded || isMet(state.text, state.isEnded) { return true }
                state.waiters.append(Waiter(isMet: isMet, continuation: continuation))
                return false
            }
            if isMetNow { continuation.resume() }
        }
    }
}
