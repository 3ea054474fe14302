import Synchronization
import Testing
import VirtualMachines

@testable import SynologyVMM

@Suite struct RetryTests {
    private static let pauses = Array(repeating: Duration.zero, count: 3)

    /// A NAS that fails so many times after the login, then answers.
    private func transport(failing count: Int, _ failure: TransportFailure?) -> StubTransport {
        let left = Mutex(count)
        return StubTransport { (request) throws(TransportFailure) in
            if request.api.hasPrefix("SYNO.API.") { return nil }
            let fails = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails, let failure { throw failure }
            return fails
                ? #"{"success": false, "error": {"code": 118}}"#
                : #"{"success": true, "data": {"guests": [], "total": 0, "task_id": "t"}}"#
        }
    }

    private let reset = TransportFailure(error: VMMError(.unreachable, "reset"), mayHaveBeenSent: true)

    @Test func `a read is tried again when the connection fails or the NAS is busy`() async throws {
        for failure in [reset, nil] {
            let transport = transport(failing: 3, failure)
            #expect(try await transport.client(pauses: Self.pauses).guests() == [])
            #expect(transport.methods().filter { $0 == "List" }.count == 4)
        }
    }

    @Test func `a read is not tried for ever`() async throws {
        let transport = transport(failing: 4, reset)
        _ = try await failure(.unreachable) { _ = try await transport.client(pauses: Self.pauses).guests() }
    }

    @Test func `a write is sent once`() async throws {
        let lost = transport(failing: 1, reset)
        _ = try await failure(.outcomeUnknown) { _ = try await lost.client(pauses: Self.pauses).powerOn("g") }
        #expect(lost.methods().filter { $0 == "PowerOn" }.count == 1)
        let busy = transport(failing: 1, nil)
        _ = try await failure(.busy) { _ = try await busy.client(pauses: Self.pauses).powerOn("g") }
        #expect(busy.methods().filter { $0 == "PowerOn" }.count == 1)
    }

    @Test func `the pause is between half and one and a half of what was chosen, and refusals have none`() {
        let policy = RetryPolicy(pauses: [.seconds(1), .seconds(2)])
        let down = VMMError(.unreachable, "down")
        #expect(policy.pause(afterFailure: 0, down, chance: 0) == .milliseconds(500))
        #expect(policy.pause(afterFailure: 1, down, chance: 1) == .seconds(3))
        #expect(policy.pause(afterFailure: 2, down, chance: 0) == nil)
        #expect(policy.pause(afterFailure: 0, VMMError(.accessDenied, "no"), chance: 0) == nil)
    }
}
