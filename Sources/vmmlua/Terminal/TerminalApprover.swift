import Foundation
import VMMScripting
import VirtualMachines

/// Asks whoever sits at the terminal, one question after the other.
final class TerminalApprover: Approver {
    private let input: LineInput
    private let console: Console
    private let clock: any RunClock
    private let person: String

    /// One that reads answers from `input`; who answers is taken to be who is logged in.
    ///
    /// `clock` is the run's.
    init(
        input: LineInput,
        console: Console,
        clock: any RunClock,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.input = input
        self.console = console
        self.clock = clock
        person = environment["SUDO_USER"].flatMap { $0.isEmpty ? nil : $0 } ?? ProcessInfo.processInfo.userName
    }

    /// Asks until the answer is yes or no; the end of the input is a no.
    func approval(of question: String, until deadline: Timestamp?) async throws(CancellationError) -> Approval {
        let limit = deadline.map { ", until \(clock.wallTime(of: $0).localDateAndTime)" } ?? ""
        let prompt = "\(question.escapingControls) [yes or no\(limit)] "
        guard let isGiven = try await console.lendTerminal({ await ask(prompt, on: $0) }) else {
            throw CancellationError()
        }
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
