import Foundation
import Synchronization
import VirtualMachines

/// The web API on the NAS itself, by its command `synowebapi`: as root, without a network, a login and a password.
final class LocalTransport: Transport {
    private let configuration: SynologyClient.Configuration
    private let turns: Turns

    init(_ configuration: SynologyClient.Configuration) {
        self.configuration = configuration
        self.turns = Turns(configuration.connectionLimit)
    }

    func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8] {
        await turns.take()
        defer { turns.give() }
        guard !Task.isCancelled else {
            throw TransportFailure(error: VMMError(.cancelled, "the call was cancelled"), mayHaveBeenSent: false)
        }
        let output = try await run(arguments(of: request), timeout: request.timeout ?? configuration.requestTimeout)
        guard let answer = Self.answer(in: output) else {
            throw lost("\(configuration.localCommand) gave no answer")
        }
        return answer
    }

    func close() async {}

    /// Each value is JSON; a bare word would be taken for a string only after a complaint.
    func arguments(of request: WebAPIRequest) -> [String] {
        let parameters = request.parameters.map { parameter in
            let value =
                switch parameter.value {
                case .text(let text): JSONValue.string(text).text
                case .integer(let number): "\(number)"
                case .flag(let flag): "\(flag)"
                case .secret(let secret): JSONValue.string(secret.revealed).text
                }
            return "\(parameter.name)=\(value)"
        }
        let head = ["api=\(request.api)", "version=\(request.version)", "method=\(request.method)"]
        return ["--exec"] + head + ["runner=\(configuration.account)"] + parameters
    }

    /// The answer: the JSON object that starts on a line of its own, between lines of log that hold braces as well.
    static func answer(in output: [UInt8]) -> [UInt8]? {
        var start = output.startIndex
        while start < output.endIndex {
            if output[start] == UInt8(ascii: "{"), let end = endOfObject(in: output, from: start) {
                return Array(output[start..<end])
            }
            guard let newline = output[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            start = newline + 1
        }
        return nil
    }

    private static func endOfObject(in bytes: [UInt8], from start: Int) -> Int? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for index in start..<bytes.endIndex {
            let byte = bytes[index]
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
        }
        return nil
    }

    // MARK: The process

    private func run(_ arguments: [String], timeout: Duration) async throws(TransportFailure) -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: configuration.localCommand)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        do {
            try process.run()
        } catch {
            throw TransportFailure(
                error: VMMError(
                    .unreachable,
                    "cannot run \(configuration.localCommand)",
                    hint: "the host 'local' is for a program that runs on the NAS itself, as root",
                    cause: "\(error)"
                ),
                mayHaveBeenSent: false
            )
        }
        let output = Output()
        let deadline = Task { [clock = configuration.clock] in
            guard (try? await clock.sleep(for: timeout)) != nil else { return }
            output.end(.late)
        }
        read(pipe.fileHandleForReading, into: output)
        let ending = await withTaskCancellationHandler {
            await output.ending()
        } onCancel: {
            output.end(.cancelled)
        }
        deadline.cancel()
        switch ending {
        case .whole(let bytes): return bytes
        case .late:
            Self.kill(process)
            throw lost("\(configuration.localCommand) did not end within \(timeout)", mayBeUnderWay: true)
        case .cancelled:
            Self.kill(process)
            throw TransportFailure(error: VMMError(.cancelled, "the call was cancelled"), mayHaveBeenSent: true)
        case .tooLong:
            Self.kill(process)
            throw lost("\(configuration.localCommand) answered more than \(configuration.maximumAnswerSize) bytes")
        }
    }

    /// It had its time; a program that doesn't end when it is asked to would be left behind.
    private static func kill(_ process: Process) {
        guard process.isRunning else { return }
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
    }

    /// Reads everything that comes on a thread of its own, as reading blocks: for ever, where a child of the command keeps
    /// its output open.
    private func read(_ file: FileHandle, into output: Output) {
        let limit = configuration.maximumAnswerSize
        Thread.detachNewThread {
            var bytes: [UInt8] = []
            while let data = try? file.read(upToCount: 64 << 10), !data.isEmpty {
                bytes += data
                guard bytes.count <= limit else { return output.end(.tooLong) }
            }
            output.end(.whole(bytes))
        }
    }

    private func lost(_ message: String, mayBeUnderWay: Bool = false) -> TransportFailure {
        TransportFailure(
            error: VMMError(
                .unreachable,
                message,
                hint: "see the NAS's Log Center",
                mayBeUnderWay: mayBeUnderWay
            ),
            mayHaveBeenSent: true
        )
    }
}

/// What a command has put out, however that ended first.
private final class Output: Sendable {
    enum Ending: Sendable {
        case whole([UInt8])
        case late
        case cancelled
        case tooLong
    }

    private struct State {
        var ending: Ending?
        var waiting: CheckedContinuation<Ending, Never>?
    }

    private let state = Mutex(State())

    func end(_ ending: Ending) {
        let waiting = state.withLock { state in
            guard state.ending == nil else { return CheckedContinuation<Ending, Never>?.none }
            state.ending = ending
            return state.waiting
        }
        waiting?.resume(returning: ending)
    }

    /// To be asked once.
    func ending() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiting = continuation }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }
}

/// Lets so many go on at once; the others wait in the order in which they came.
private final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state in
            guard state.waiting.isEmpty else { return Optional(state.waiting.removeFirst()) }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
