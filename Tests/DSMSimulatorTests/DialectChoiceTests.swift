import Hummingbird
import HummingbirdTesting
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator

/// Which dialects a server serves, and how it tells them apart.
@Suite struct DialectChoiceTests {
    private func withClient(
        _ dialects: Set<Dialect> = Set(Dialect.allCases),
        ignoresCase: Bool = false,
        _ body: @escaping @Sendable (DSMTestClient) async throws -> Void
    ) async throws {
        let server = DSMServer(
            cluster: SimulatedCluster(.standard(guestCount: 10), clock: VirtualClock()),
            login: .init(account: "op", password: "s3cret &+"),
            dialects: dialects,
            ignoresCase: ignoresCase
        )
        try await server.application()
            .test(.router) { client in
                let sid = try await DSMTestClient.logIn(client)
                try await body(DSMTestClient(client: client, sid: sid))
            }
    }

    private func served(_ dialects: Set<Dialect>) -> JSONObject {
        WebAPICatalog(dialects: dialects, ignoresCase: false).summary(of: [])
    }

    @Test("discovery lists the APIs of the dialects that are served, each once with all of its versions")
    func discovery() {
        let all = served(Set(Dialect.allCases))
        #expect(Set(all.members.map(\.key)).count == all.members.count)
        #expect(all["SYNO.Virtualization.Guest"]?["minVersion"] == 1)
        #expect(all["SYNO.Virtualization.Guest"]?["maxVersion"] == 2)
        #expect(served([.documented])["SYNO.Virtualization.Guest"]?["maxVersion"] == 1)
        #expect(served([.documented])["SYNO.Virtualization.API.Guest"] == nil)
        #expect(served([.public])["SYNO.Virtualization.Task"] == nil)
        #expect(served([.internal])["SYNO.Virtualization.Task"] == nil)
    }

    @Test("an API of a dialect that isn't served is unknown")
    func unserved() async throws {
        try await withClient([.public]) { client async throws in
            #expect(try await client.code("Guest", "List", "") == 102)
            #expect(try await client.data("API.Guest", "list", "")["guests"] != nil)
        }
        try await withClient([.documented]) { client async throws in
            #expect(try await client.code("API.Guest", "list", "") == 102)
            #expect(try await client.code("Guest", "list", "", version: 2) == 104)
            #expect(try await client.code("Guest", "set", "guest_name=web-1&autorun=1") == 103)
        }
    }

    @Test("what one dialect changes, the others see, each in its own words")
    func oneCluster() async throws {
        try await withClient { client async throws in
            _ = try await client.answer("API.Guest", "set", "guest_name=web-1&autorun=2")
            _ = try await client.answer("API.Guest.Action", "shutdown", "guest_name=web-1")
            let documented = try await client.data("Guest", "List", "limit=1")
            guard case .array(let guests)? = documented["guests"] else { throw VMMError(.badAnswer, documented.text) }
            #expect(guests.first?["autorun"] == 1)
            #expect(guests.first?["status"] == "running")
            #expect(try await client.data("Guest", "get", "guest_name=web-1", version: 2)["autorun"] == 2)
            let listed = try await client.data("Task", "List", "")
            #expect(listed == ["tasks": ["task_1"]])
        }
    }

    @Test("a lenient server takes methods in any case, but keeps Set and set apart")
    func leniency() async throws {
        try await withClient([.documented, .public], ignoresCase: true) { client async throws in
            #expect(try await client.data("API.Guest", "LIST", "")["guests"] != nil)
            #expect(try await client.data("Guest", "list", "limit=1")["total"] == 10)
            #expect(try await client.code("Guest", "set", "guest_name=web-1&autorun=1") == 103)
            #expect(try await client.answer("Guest", "Set", "guest_name=web-1&autorun=1") == ["success": true])
        }
        try await withClient([.public]) { client async throws in
            #expect(try await client.code("API.Guest", "LIST", "") == 103)
        }
    }
}
