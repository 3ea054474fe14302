import Foundation
import Synchronization
import VMMScripting
import VirtualMachines

/// Asks whoever sits at the terminal, one question after the other.
final class TerminalApprover: Approver {
    private let input: LineInput
    private let console: Console
    private let turn = Turn()
    private let person: String

    /// One that reads answers from `input`; who answers is taken to be who is logged in.
    init(input: LineInput, console: Console, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.input = input
        self.console = console
        person = environment["SUDO_USER"].flatMap { $0.isEmpty ? nil : $0 } ?? ProcessInfo.processInfo.userName
    }

    /// Asks until the answer is yes or no; the end of the input is a no.
    func approval(of question: String, until deadline: Timestamp?) async throws(CancellationError) -> Approval {
        try await turn.take()
        defer { turn.give() }
        let limit = deadline.map { ", until \($0.localDateAndTime)" } ?? ""
        let prompt = "\(question.escapingControls) [yes or no\(limit)] "
        guard let isGiven = await console.lendTerminal({ await ask(prompt, on: $0) }) else { throw CancellationError() }
        return Approval(isGiven: isGiven, by: person)
    }

    /// Nil where the answer is no longer of interest.
    private func ask(_ prompt: String, on output: TextOutput) async -> Bool? {
        // What was typed before the question was seen is no answer to it.
        Terminal.dropTypedAhead()
        input.beginAnew()
        // At a prompt Ctrl-D here ends the question alone.
        defer { input.beginAnew() }
        while true {
            output.write(Array(prompt.utf8))
            switch await input.next() {
            case .interrupt:
                output.write(line: "")
                return nil
            case .end:
                output.write(line: "")
                return false
            case .line(let line):
                switch line.trimmingCharacters(in: .whitespaces).lowercased() {
                case "y", "yes": return true
                case "n", "no": return false
                default: continue
                }
            }
        }
    }
}

/// Lets one in at a time, in the order in which they came.
private final class Turn: Sendable {
    private struct State {
        var isTaken = false
        var lastNumber = 0
        var queue: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Throws as soon as the task is cancelled.
    func take() async throws(CancellationError) {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let isTaken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIn = state.withLock { state -> Bool? in
                    if state.cancelled.remove(number) != nil { return false }
                    if state.isTaken {
                        state.queue.append((number, continuation))
                        return nil
                    }
                    state.isTaken = true
                    return true
                }
                if let isIn { continuation.resume(returning: isIn) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let place = state.queue.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.queue.remove(at: place).continuation
            }
            continuation?.resume(returning: false)
        }
        state.withLock { _ = $0.cancelled.remove(number) }
        if !isTaken { throw CancellationError() }
    }

    func give() {
        let next = state.withLock { state in
            state.isTaken = !state.queue.isEmpty
            return state.queue.isEmpty ? nil : state.queue.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
