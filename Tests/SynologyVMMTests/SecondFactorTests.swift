import DSMSimulator
import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import SynologyVMM

/// An account that asks for a code besides the password.
@Suite struct SecondFactorTests {
    private let nas = TestNAS(cluster: .standard(), otpCode: "123456")
    private let kept = Kept()

    private final class Kept: Sendable {
        let token = Mutex<Secret?>(nil)
        let questions = Mutex(0)

        var questionCount: Int { questions.withLock { $0 } }
    }

    /// Connects; gives the error, if any.
    ///
    /// Half-way `interlude` comes in between.
    private func connect(
        answering code: String?,
        at url: String,
        token: Secret? = nil,
        interlude: (() -> Void)? = nil
    ) async throws -> VMMError? {
        var configuration = try SynologyClient.Configuration(
            url: url,
            account: "op",
            password: Secret(TestNAS.password)
        )
        configuration.secondFactor = SecondFactor(
            deviceName: "test",
            deviceToken: token,
            code: { [kept] in
                kept.questions.withLock { $0 += 1 }
                return code.map(Secret.init)
            },
            remember: { [kept] token in kept.token.withLock { $0 = token } }
        )
        let client = SynologyClient(configuration)
        var problem: VMMError?
        do throws(VMMError) {
            _ = try await client.guests()
            if let interlude {
                interlude()
                _ = try await client.guests()
            }
        } catch {
            problem = error
        }
        await client.close()
        return problem
    }

    @Test func `a code is asked for once; from then on the device's token does`() async throws {
        try await nas.server.whileServing { url in
            #expect(try await connect(answering: "123456", at: url) == nil)
            let given = kept.token.withLock { $0 }
            let token = try #require(given)
            #expect(try await connect(answering: nil, at: url, token: token) == nil)
            #expect(kept.questionCount == 1)
        }
        #expect(nas.server.sessionCount == 0)
    }

    @Test func `a session that is lost is opened again with the token that the code brought`() async throws {
        try await nas.server.whileServing { url in
            let problem = try await connect(answering: "123456", at: url) { nas.server.dropSessions() }
            #expect(problem == nil)
            #expect(kept.questionCount == 1)
            #expect(nas.server.sessionCount == 0)
        }
    }

    @Test func `a code may have spaces, and what can't be one isn't sent`() async throws {
        try await nas.server.whileServing { url in
            #expect(try await connect(answering: "123 456", at: url) == nil)
            let before = nas.log.calls(of: "login").count
            for nonsense in ["", "12345", "12345x", "１２３４５６"] {
                let problem = try await connect(answering: nonsense, at: url)
                #expect(problem?.code == .badArgument)
            }
            #expect(nas.log.calls(of: "login").count == before + 4)
        }
    }

    @Test func `a token that stands for no second factor isn't kept`() async throws {
        try await TestNAS().server
            .whileServing { url in
                let problem = try await connect(answering: "123456", at: url)
                #expect(problem == nil)
                #expect(kept.token.withLock { $0 } == nil)
            }
    }

    @Test func `a wrong code is refused, and not tried again`() async throws {
        try await nas.server.whileServing { url in
            let problem = try await connect(answering: "000000", at: url)
            #expect(problem?.code == .loginRefused && problem?.apiCode == 404)
            #expect(nas.log.calls(of: "login").count == 2)
        }
    }

    @Test func `without a code it says what to do`() async throws {
        try await nas.server.whileServing { url in
            let problem = try await connect(answering: nil, at: url)
            #expect(problem?.code == .loginRefused)
            #expect(problem?.hint?.contains("VMMLUA_OTP") == true)
            #expect(nas.log.calls(of: "login").count == 1)
        }
    }

    @Test func `a token that the NAS has forgotten leads to a code`() async throws {
        try await nas.server.whileServing { url in
            let problem = try await connect(answering: "123456", at: url, token: Secret("stale"))
            #expect(problem == nil)
            #expect(kept.questionCount == 1)
        }
    }

    @Test func `neither code nor token is in the log`() async throws {
        try await nas.server.whileServing { url in
            _ = try await connect(answering: "123456", at: url)
            let given = kept.token.withLock { $0 }
            let token = try #require(given)
            _ = try await connect(answering: nil, at: url, token: token)
            #expect(!"\(nas.log.all)".contains("123456"))
            #expect(!"\(nas.log.all)".contains(token.revealed))
        }
    }
}
