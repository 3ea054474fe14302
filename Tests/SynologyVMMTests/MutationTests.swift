import Testing
import VirtualMachines

@testable import SynologyVMM

/// What is made of answers that no NAS in good order gives.
@Suite struct MutationTests {
    /// Of all calls together at least 100,000.
    private static let mutationsOfEachAnswer = 1_700
    private static let longestText = 600

    @Test(
        "a spoilt answer is taken or refused with a line to read, whatever is wrong with it",
        arguments: try AnsweredCall.all
    )
    func spoilt(call: AnsweredCall) async throws {
        for (index, answer) in call.answers.enumerated() {
            var mutator = AnswerMutator(seed: UInt64(index))
            var refusals = 0
            for _ in 0..<Self.mutationsOfEachAnswer {
                let bytes = mutator.spoil(answer)
                guard let error = await refusal(of: bytes, by: call) else { continue }
                refusals += 1
                for text in [error.message, error.hint, error.cause].compactMap(\.self) where !isLine(text) {
                    Issue.record("\(text.debugDescription) about \(String(decoding: bytes, as: UTF8.self))")
                    return
                }
            }
            #expect(refusals > Self.mutationsOfEachAnswer / 4)
        }
    }

    @Test("an answer that breaks off anywhere is refused", arguments: try AnsweredCall.all)
    func cut(call: AnsweredCall) async {
        for answer in call.answers {
            for length in 0..<answer.bytes.count {
                let error = await refusal(of: Array(answer.bytes.prefix(length)), by: call)
                guard error == nil else { continue }
                Issue.record("\(length) bytes of \(String(decoding: answer.bytes, as: UTF8.self)) are taken for all")
                return
            }
        }
    }

    @Test("the mutations of all answers are 100,000 and more")
    func count() throws {
        let answers = try AnsweredCall.all.reduce(0) { $0 + $1.answers.count }
        #expect(answers * Self.mutationsOfEachAnswer >= 100_000)
    }

    private func refusal(of bytes: [UInt8], by call: AnsweredCall) async -> VMMError? {
        do throws(VMMError) {
            try await call.take(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// Whether a text is one line that a terminal shows as it is, and not too long for it.
    private func isLine(_ text: String) -> Bool {
        guard text.utf8.count <= Self.longestText else { return false }
        return !text.unicodeScalars.contains { scalar in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
        }
    }
}
