import Hummingbird
import HummingbirdTesting
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator

/// What the simulator answers in the internal dialect, without a socket.
@Suite struct InternalDialectTests {
    private let clock = VirtualClock()
    private let server: DSMServer

    init() {
        server = DSMServer(
            cluster: SimulatedCluster(.standard(), clock: clock),
            login: .init(account: "op", password: "s3cret &+")
        )
    }

    private func withClient(_ body: @escaping @Sendable (DSMTestClient) async throws -> Void) async throws {
        try await server.application()
            .test(.router) { client in
                let sid = try await DSMTestClient.logIn(client)
                try await body(DSMTestClient(client: client, sid: sid))
            }
    }

    @Test("guests are listed with the fields of a real NAS, memory in KiB")
    func list() async throws {
        try await withClient { client async throws in
            let data = try await client.data("Guest", "list", "", version: 2)
            #expect(data["is_freeze"] == false)
            guard case .array(let guests)? = data["guests"] else { throw VMMError(.badAnswer, data.text) }
            #expect(guests.count == 20)
            let web = try #require(guests.first)
            #expect(web["name"] == "web-1")
            #expect(web["desc"] == "#web")
            #expect(web["vram_size"] == 4_194_304)
            #expect(web["is_online"] == true)
            #expect(guests.first { $0["name"] == "backup" }?["vcpu_usage"] == "")
        }
    }

    @Test("power is controlled by one method, and shows in the guest")
    func power() async throws {
        try await withClient { client async throws in
            let reboot = try await client.answer("Guest.Action", "pwr_ctl", "action=reboot&guest_name=web-1")
            #expect(reboot == ["success": true])
            let booting = try await client.data("Guest", "get", "guest_name=web-1", version: 2)
            #expect(booting["status"] == "booting")
            #expect(booting["is_acting"] == true)
            clock.advance(by: .seconds(35))
            for (form, code) in [
                ("action=poweron&guest_name=web-1", 939), ("action=shutdown&guest_name=backup", 903),
                ("action=poweroff&guest_name=backup", 904), ("action=reboot&guest_name=backup", 905),
                ("action=dance&guest_name=backup", 401),
            ] {
                #expect(try await client.code("Guest.Action", "pwr_ctl", form) == .integer(Int64(code)), "\(form)")
            }
        }
    }

    @Test("a host without room refuses with the number for memory, and for processors")
    func shortage() async throws {
        try await withClient { client async throws in
            for (setting, code) in [("vram_size=196608", 903), ("vcpu_num=96", 902)] {
                let form = "guest_name=backup&vram_size=2048&vcpu_num=2&\(setting)"
                #expect(try await client.answer("Guest", "set", form) == ["success": true])
                let answer = try await client.code("Guest.Action", "pwr_ctl", "action=poweron&guest_name=backup")
                #expect(answer == .integer(Int64(code)))
            }
        }
    }

    @Test("memory is set in MiB")
    func set() async throws {
        try await withClient { client async throws in
            let form = "guest_name=backup&vram_size=2048&name=store&desc=%22old%22"
            #expect(try await client.answer("Guest", "set", form) == ["success": true])
            let guest = try await client.data("Guest", "get", "guest_name=store", version: 2)
            #expect(guest["vram_size"] == 2_097_152)
            #expect(guest["desc"] == "old")
        }
    }

    @Test("hosts are listed, memory in KiB")
    func hosts() async throws {
        try await withClient { client async throws in
            let data = try await client.data("Host", "list", "", version: 2)
            guard case .array(let hosts)? = data["hosts"] else { throw VMMError(.badAnswer, data.text) }
            #expect(hosts.first?["total_ram_size"] == 201_326_592)
        }
    }
}
