import NIOCore
import Synchronization

/// A connection that is being opened, and that may be given up at any time.
final class ConnectionAttempt: Sendable {
    private enum State {
        case idle
        case begun(any Channel)
        case ended
    }

    private let state = Mutex(State.idle)

    /// There is a channel; it is closed where the end has come before it.
    func begin(_ channel: any Channel) -> EventLoopFuture<Void> {
        let isOver = state.withLock { state in
            if case .ended = state { return true }
            state = .begun(channel)
            return false
        }
        return isOver ? channel.close() : channel.eventLoop.makeSucceededVoidFuture()
    }

    /// Gives it up: who waits for it gets an error.
    func end() {
        let channel = state.withLock { state -> (any Channel)? in
            defer { state = .ended }
            guard case .begun(let channel) = state else { return nil }
            return channel
        }
        channel?.close(promise: nil)
    }
}
