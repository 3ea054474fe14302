import Foundation
import LuaRuntime
import Synchronization
import VMMScripting
import VirtualMachines

/// One of the process's output streams, written through at once, so that a reader behind a pipe sees each line.
///
/// After the first write that fails, what is written is dropped: guests that a script works on matter more than what
/// it says of them.
///
/// At a terminal no line reaches it with control characters, but for line breaks and tabs: whatever a NAS or a script put
/// there, it can't move the cursor, set the title or turn the direction of writing.
final class TextOutput: Sendable {
    private struct State {
        var failure: SystemError?
        var whenBroken: (@Sendable () -> Void)?
    }

    /// Whether a person's terminal shows what is written.
    let isTerminal: Bool
    private let emit: @Sendable ([UInt8]) throws(SystemError) -> Void
    private let state = Mutex(State())

    /// An output that hands its bytes to `emit`.
    init(isTerminal: Bool = false, emit: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void) {
        self.isTerminal = isTerminal
        self.emit = emit
    }

    /// An output to an open file of the process.
    convenience init(descriptor: Int32) {
        self.init(isTerminal: isatty(descriptor) == 1) { (bytes) throws(SystemError) in
            try Self.writeAll(bytes, to: descriptor)
        }
    }

    /// Writes a line that says what somebody should know and nothing fails for.
    func writeWarning(_ message: String) {
        write(line: "vmmlua: warning: \(message.escapingControls)")
    }

    /// Writes `bytes` as they are.
    func write(_ bytes: [UInt8]) {
        let whenBroken = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.failure == nil else { return nil }
            do throws(SystemError) {
                try emit(bytes)
                return nil
            } catch {
                state.failure = error
                return state.whenBroken
            }
        }
        whenBroken?()
    }

    /// Writes `text` and ends the line; `style` gives it colours.
    func write(line text: String, style: ((String) -> String)? = nil) {
        let text = isTerminal ? text.escapingControlsInLines : text
        write(Array(((style?(text) ?? text) + "\n").utf8))
    }

    /// Writes a value as one line of JSON, with the control characters beyond ASCII in JSON's own escapes.
    func write(json value: JSONValue) {
        write(Array((value.text.escapingControlsForJSON + "\n").utf8))
    }

    /// Writes what a script prints: as it is, or at a terminal so that nothing of it is a command.
    func write(printed bytes: [UInt8]) {
        guard isTerminal else { return write(bytes) }
        write(Array(LuaString(bytes: bytes).description.escapingControlsInLines.utf8))
    }

    /// Why not all could be written; nil also where the reader is gone, which is the reader's own affair.
    var failure: SystemError? {
        state.withLock { $0.failure == SystemError(EPIPE) ? nil : $0.failure }
    }

    /// Has `action` called once when nothing can be written any more.
    func whenBroken(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.whenBroken = action }
    }

    /// Foundation's file handles tell of some failures only that there was one.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Whoever shares the stream had it not wait; this program does.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            case let number: throw SystemError(number)
            }
        }
    }
}

/// Keeps the numbers of streams that the process was started without from going to its files and sockets, which would
/// then get what is meant for the stream.
func holdClosedStreams() {
    // Each of them takes the lowest free number; this way round a write to it fails as it does to a closed one.
    while case let descriptor = unsafe open("/dev/null", O_RDONLY), descriptor >= 0 {
        guard descriptor > STDERR_FILENO else { continue }
        close(descriptor)
        return
    }
}
