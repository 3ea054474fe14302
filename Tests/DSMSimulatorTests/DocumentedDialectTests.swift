import Hummingbird
import HummingbirdTesting
import Testing
import VirtualMachines

@testable import DSMSimulator
@testable import SimulatedVMM

/// What the simulator answers, without a socket.
@Suite struct DocumentedDialectTests {
    private let clock = VirtualClock()
    private let cluster: SimulatedCluster
    private let server: DSMServer
    private let web: String

    init() throws {
        cluster = SimulatedCluster(.standard(guestCount: 20), clock: clock)
        server = DSMServer(cluster: cluster, login: .init(account: "op", password: "s3cret &+"))
        web = try cluster.withCluster { $0.guests[0].guest.id.rawValue }
    }

    private func withClient<Result: Sendable>(
        _ body: @escaping @Sendable (DSMTestClient) async throws -> Result
    ) async throws -> Result {
        try await server.application()
            .test(.router) { client in
                let sid = try await DSMTestClient.logIn(client)
                return try await body(DSMTestClient(client: client, sid: sid))
            }
    }

    @Test("guests are listed with every documented field, and the total")
    func list() async throws {
        let data = try await withClient { try await $0.data("Guest", "List", "limit=2&offset=1") }
        #expect(data["total"] == 20)
        guard case .array(let guests)? = data["guests"], case .object(let first)? = guests.first else {
            Issue.record("no guests in \(data.text)")
            return
        }
        #expect(guests.count == 2)
        #expect(first["guest_name"] == "web-2")
        #expect(
            first.members.map(\.key)
                == ["guest_id", "guest_name", "status", "vcpu_num", "vram_size", "storage_size", "autorun"]
        )
    }

    @Test("pages beyond the end are empty, and senseless ones are refused")
    func pages() async throws {
        try await withClient { client async throws in
            #expect(try await client.data("Guest", "List", "offset=20")["guests"] == [])
            for query in ["limit=0", "offset=-1", "limit=x", "additional=maybe"] {
                #expect(try await client.code("Guest", "List", query) == 400)
            }
        }
    }

    @Test("a guest is found by id or name, raw or quoted, with the details that are asked for")
    func get() async throws {
        try await withClient { client async throws in
            let queries = [
                "guest_id=\(web)", "guest_id=%22\(web)%22", "guest_name=web-1", "guest_name=%22web-1%22&guest_id=",
            ]
            for query in queries {
                let data = try await client.data("Guest", "Get", query)
                #expect(data["guest_id"] == .string(web))
                #expect(data["autorun"] == nil)
                #expect(data["network"] == nil)
            }
            let data = try await client.data("Guest", "Get", "guest_id=\(web)&additional=network,%20storage")
            #expect(data["network"]?.kind == "an array")
            #expect(data["storage"]?.kind == "an array")
            #expect(data["snapshot"] == nil)
            #expect(try await client.code("Guest", "Get", "guest_id=\(web)&additional=colour") == 400)
        }
    }

    @Test("a power action gives a task that runs and completes, and can then be cleared")
    func tasks() async throws {
        try await withClient { client async throws in
            #expect(try await client.data("Guest", "Shutdown", "guest_id=\(web)") == ["task_id": "task_1"])
            clock.advance(by: .seconds(3))
            let running = try await client.data("Task", "Get", "taskid=task_1")
            #expect(
                running == [
                    "task_id": "task_1", "status": "running", "progress": 20, "operation": "shutdown",
                    "guest_id": .string(web),
                ]
            )
            #expect(try await client.code("Task", "Clear", "task_id=task_1") == 401)
            clock.advance(by: .seconds(12))
            #expect(try await client.data("Task", "Get", "task_id=%22task_1%22")["status"] == "completed")
            #expect(try await client.data("Task", "List", "") == ["tasks": ["task_1"]])
            _ = try await client.answer("Task", "Clear", "taskid=task_1")
            #expect(try await client.code("Task", "Get", "taskid=task_1") == 404)
            #expect(try await client.code("Task", "Get", "") == 400)
        }
    }

    @Test("a failed task carries the reason")
    func failedTask() async throws {
        try cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: GuestID(rawValue: web))
        }
        try await withClient { client async throws in
            _ = try await client.data("Guest", "PowerOff", "guest_id=\(web)&force=false")
            clock.advance(by: .seconds(300))
            let task = try await client.data("Task", "Get", "taskid=task_1")
            #expect(task["status"] == "failed")
            #expect(task["error"]?["message"] == "the guest did not shut down within 300 s")
        }
    }

    @Test("settings change, and what is refused says so by its number")
    func settings() async throws {
        try await withClient { client async throws in
            _ = try await client.answer("Guest", "Set", "guest_id=\(web)&autorun=0")
            #expect(try await client.code("Guest", "Set", "guest_id=\(web)&vcpu_num=4") == 401)
            #expect(try await client.code("Guest", "Set", "guest_id=\(web)&autorun=2") == 400)
            #expect(try await client.code("Guest", "Set", "guest_id=\(web)&vram_size=much") == 400)
            #expect(try await client.code("Guest", "Set", "guest_name=backup&vcpu_num=97") == 405)
            #expect(try await client.code("Guest", "Set", "guest_name=nobody&vcpu_num=1") == 404)
            #expect(try await client.code("Guest", "Set", "vcpu_num=1") == 400)
        }
        #expect(try cluster.withCluster { $0.guests[0].guest.autorun } == 0)
    }

    @Test("power actions and deletion in the wrong state are refused")
    func wrongState() async throws {
        try await withClient { client async throws in
            #expect(try await client.code("Guest", "PowerOn", "guest_id=\(web)") == 401)
            #expect(try await client.code("Guest", "Delete", "guest_id=\(web)") == 401)
            #expect(try await client.code("Guest", "Shutdown", "guest_name=backup") == 401)
            #expect(try await client.answer("Guest", "Delete", "guest_name=backup") == ["success": true])
            #expect(try await client.code("Guest", "Get", "guest_name=backup") == 404)
        }
    }
}
