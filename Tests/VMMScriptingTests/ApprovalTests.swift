import Testing
import VirtualMachines

@testable import VMMScripting

/// `flow.approve`: what a person says, and what becomes of a question that nobody answers.
@Suite struct ApprovalTests {
    private struct Person: Approver {
        var answer: Approval?

        func approval(of question: String, until deadline: Timestamp?) async throws(CancellationError) -> Approval {
            if let answer { return answer }
            do { try await SystemClock().sleep(for: .seconds(3600)) } catch { throw CancellationError() }
            return Approval(isGiven: true, by: "nobody")
        }
    }

    private func outcome(of source: String, _ person: Person?) async throws -> String {
        var test = try TestHost()
        test.configuration.approver = person
        do {
            return try await test.host.run(source, named: "t.lua").map(\.brief).joined(separator: " ")
        } catch {
            return "\(error.kind.rawValue): \(error.message)"
        }
    }

    private let asking = """
        local start = os.time()
        local answer = flow.approve("Really?", { expires = "90s" })
        return answer.by, answer.at - start
        """

    @Test func `a yes goes on, with who said it and when`() async throws {
        let outcome = try await outcome(of: asking, Person(answer: Approval(isGiven: true, by: "anna")))
        #expect(outcome == #""anna" 0.0"#)
    }

    @Test func `a no raises rejected, and names who said it`() async throws {
        let outcome = try await outcome(of: asking, Person(answer: Approval(isGiven: false, by: "anna")))
        #expect(outcome == "rejected: anna said no to: Really?")
    }

    @Test func `a question that nobody answers expires by the run's clock`() async throws {
        #expect(try await outcome(of: asking, Person()) == "timeout: nobody answered within 1m30s: Really?")
    }

    @Test func `a question of a cancelled task is withdrawn`() async throws {
        let source = """
            local ok, problem = pcall(async.timeout, "5s", function() flow.approve("Really?", { expires = math.huge }) end)
            return ok, problem.kind
            """
        #expect(try await outcome(of: source, Person()) == #"false "timeout""#)
    }

    @Test func `where there is nobody to ask, it says so at once`() async throws {
        let outcome = try await outcome(of: asking, nil)
        #expect(outcome == "bad_argument: flow.approve: there is nobody to ask: Really?")
    }

    @Test func `a question must say something, and not too much`() async throws {
        for question in ["''", "('x'):rep(1001)"] {
            let outcome = try await outcome(of: "flow.approve(\(question))", Person())
            #expect(outcome.hasPrefix("bad_argument: flow.approve: the question must have 1 to 1000 bytes"))
        }
    }
}
