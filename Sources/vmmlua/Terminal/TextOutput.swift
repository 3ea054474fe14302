import Foundation
import Synchronization

/// One of the process's output streams, written through at once, so that a reader behind a pipe sees each line.
///
/// When the reader is gone, what is written is dropped.
final class TextOutput: Sendable {
    private struct State {
        var isBroken = false
        var whenBroken: (@Sendable () -> Void)?
    }

    private let emit: @Sendable ([UInt8]) throws -> Void
    private let state = Mutex(State())

    /// An output that hands its bytes to `emit`, which throws when nobody takes them any more.
    init(emit: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.emit = emit
    }

    convenience init(_ handle: FileHandle) {
        self.init { try handle.write(contentsOf: Data($0)) }
    }

    /// Writes `bytes` as they are.
    func write(_ bytes: [UInt8]) {
        let whenBroken = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isBroken else { return nil }
            do {
                try emit(bytes)
                return nil
            } catch {
                state.isBroken = true
                return state.whenBroken ?? {}
            }
        }
        whenBroken?()
    }

    /// Writes `text` and ends the line.
    func write(line text: String) { write(Array((text + "\n").utf8)) }

    /// Whether the reader is gone.
    var isBroken: Bool { state.withLock(\.isBroken) }

    /// Has `action` called once when the reader turns out to be gone.
    func whenBroken(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.whenBroken = action }
    }
}

/// Where a command writes: results to `out`, all else to `err`.
struct Console: Sendable {
    let out: TextOutput
    let err: TextOutput

    /// The process's own.
    static var standard: Console {
        Console(out: TextOutput(.standardOutput), err: TextOutput(.standardError))
    }
}
