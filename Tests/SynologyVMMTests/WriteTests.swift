import SimulatedVMM
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Every write, over a real socket and in virtual time.
@Suite struct WriteTests {
    private let nas = TestNAS()
    private let web: GuestID

    init() throws {
        web = try nas.id("web-1")
    }

    @Test("a guest shuts down and powers on again, each by a task that shows progress and completes")
    func lifecycle() async throws {
        try await nas.withClient { client in
            let down = try #require(try await client.shutdown(web).taskID)
            nas.clock.advance(by: .seconds(6))
            let running = try await client.task(down)
            #expect(
                running == TaskReport(id: down, status: .running, progress: 40, operation: "shutdown", guestID: web)
            )
            nas.clock.advance(by: .seconds(9))
            #expect(try await client.task(down).status == .completed)
            #expect(try await client.guest(web, additional: []).status == .stopped)

            let up = try #require(try await client.powerOn(web).taskID)
            nas.clock.advance(by: .seconds(20))
            #expect(try await client.guest(web, additional: []).status == .running)
            #expect(try await client.tasks() == [down, up])
            try await client.clearTask(down)
            #expect(try await client.tasks() == [up])
        }
    }

    @Test("power off says whether it is forced", arguments: [true, false])
    func powerOff(force: Bool) async throws {
        try await nas.withClient { client in
            _ = try await client.powerOff(web, force: force)
            nas.clock.advance(by: .seconds(1))
            #expect(try await client.guest(web, additional: []).status == (force ? .stopped : .running))
        }
        #expect(nas.log.calls(of: "PowerOff").map { $0.parameters["force"] } == ["\(force)"])
    }

    @Test("a failed task says why")
    func failedTask() async throws {
        try nas.cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: web)
        }
        try await nas.withClient { client in
            let task = try #require(try await client.shutdown(web).taskID)
            nas.clock.advance(by: .seconds(300))
            let report = try await client.task(task)
            #expect(report.status == .failed)
            #expect(report.failure == "the guest did not shut down within 300 s")
        }
    }

    @Test("settings that are given are sent, and the others aren't")
    func settings() async throws {
        let backup = try nas.id("backup")
        try await nas.withClient { client in
            try await client.set(backup, GuestSettings(vcpuCount: 4, memoryMB: 8_192))
            try await client.set(backup, GuestSettings(autorun: 1))
            let guest = try #require(try await client.guests().first { $0.id == backup })
            #expect(GuestSettings(vcpuCount: 4, memoryMB: 8_192, autorun: 1).hold(in: guest))
        }
        let calls = nas.log.calls(of: "Set").map { Set($0.parameters.keys) }
        #expect(calls[0] == ["api", "version", "method", "guest_id", "vcpu_num", "vram_size"])
        #expect(calls[1] == ["api", "version", "method", "guest_id", "autorun"])
    }

    @Test(
        "an autorun that the dialect doesn't know is refused before anything is sent",
        arguments: [-1, 2, 7]
    )
    func autorun(value: Int) async throws {
        let transport = StubTransport { _ in nil }
        let client = try transport.client()
        let error = try await failure(value == 2 ? .unsupported : .badArgument) {
            try await client.set("vm-1", GuestSettings(autorun: value))
        }
        if value == 2 {
            #expect(error.message.contains("the documented dialect can't set autorun to 2"))
        }
        #expect(!transport.methods().contains("Set"))
    }

    @Test("a task without an id leaves the outcome of its write unknown")
    func emptyTask() async throws {
        let client = try StubTransport(data: #"{"task_id": ""}"#).client()
        let error = try await failure(.outcomeUnknown) { _ = try await client.powerOn("vm-1") }
        #expect(error.message.contains("with an empty 'task_id'"))
    }

    @Test("a stopped guest is deleted")
    func delete() async throws {
        let backup = try nas.id("backup")
        try await nas.withClient { client in
            try await client.delete(backup)
            #expect(try await client.guests().count == 19)
        }
    }

    @Test("what the guest's state or the host forbids is refused with its kind")
    func refusals() async throws {
        let backup = try nas.id("backup")
        try await nas.withClient { client in
            let on = try await failure(.wrongState) { _ = try await client.powerOn(web) }
            #expect(on.api == "SYNO.Virtualization.Guest")
            #expect(on.method == "PowerOn")
            #expect(on.guest == web.rawValue)
            #expect(on.hint != nil)
            _ = try await failure(.wrongState) { _ = try await client.shutdown(backup) }
            _ = try await failure(.wrongState) { try await client.delete(web) }
            _ = try await failure(.wrongState) { try await client.set(web, GuestSettings(vcpuCount: 1)) }
            _ = try await failure(.badArgument) { try await client.set(backup, GuestSettings(vcpuCount: 0)) }
            _ = try await failure(.insufficientResources) {
                try await client.set(backup, GuestSettings(vcpuCount: 1_000))
            }
            _ = try await failure(.notFound) { _ = try await client.powerOn("vm-9") }
        }
    }
}
