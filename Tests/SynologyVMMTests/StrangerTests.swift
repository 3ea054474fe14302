import Testing
import VirtualMachines

@testable import SynologyVMM

/// Answers about something else than what was asked about are bad answers: what is done next would be done to that.
@Suite struct StrangerTests {
    private static let other = #"""
        {"guest_id": "web-2", "guest_name": "web-2", "name": "web-2", "status": "running", "vcpu_num": 2, "vram_size": 4096}
        """#

    @Test(arguments: DialectName.allCases)
    func `another guest than the one with the id`(_ dialect: DialectName) async throws {
        let client = try StubTransport(serving: dialect, data: Self.other).client()
        let error = try await failure(.badAnswer) { _ = try await client.guest("web-1", additional: []) }
        #expect(error.message.hasSuffix("answered about the guest 'web-2', asked about 'web-1'"))
        #expect(error.guest == "web-1")
    }

    @Test(arguments: [DialectName.documented, .public])
    func `another guest than the one of the name`(_ dialect: DialectName) async throws {
        let client = try StubTransport(serving: dialect, data: Self.other).client()
        _ = try await failure(.badAnswer) { _ = try await client.guest(named: "web-1") }
        #expect(try await client.guest(named: "web-2").id == "web-2")
    }

    @Test func `another task than the one that was asked about`() async throws {
        let client = try StubTransport(data: #"{"task_id": "t2", "status": "completed"}"#).client()
        let error = try await failure(.badAnswer) { _ = try await client.task("t1") }
        #expect(error.message.hasSuffix("answered about the task 't2', asked about 't1'"))
        #expect(try await client.task("t2").status == .completed)
    }

    @Test func `a task of no guest is not one of a guest without an id`() async throws {
        let data = #"{"task_id": "t", "status": "running", "guest_id": ""}"#
        #expect(try await StubTransport(data: data).client().task("t").guestID == nil)
    }
}
