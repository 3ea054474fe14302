import Hummingbird
import HummingbirdTesting
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator

/// What the simulator answers in the public dialect, without a socket.
@Suite struct PublicDialectTests {
    private let clock = VirtualClock()
    private let cluster: SimulatedCluster
    private let server: DSMServer
    private let web: String

    init() throws {
        func down(
            _ id: GuestID,
            _ name: String,
            status: GuestStatus = .stopped,
            vcpuCount: Int,
            memoryMB: Int
        ) -> Guest {
            Guest(id: id, name: name, status: status, vcpuCount: vcpuCount, memoryMB: memoryMB)
        }
        cluster = SimulatedCluster(
            Cluster(
                hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 8, memoryCapacityMB: 8_192)],
                storages: [SimulatedStorage(name: "volume 1", sizeBytes: 1 << 40)],
                networks: [SimulatedNetwork(name: "default", id: "net-1")],
                guests: [
                    SimulatedGuest(
                        Guest(
                            id: "up",
                            name: "web-1",
                            status: .running,
                            vcpuCount: 2,
                            memoryMB: 4_096,
                            storageBytes: 10 << 30,
                            autorun: 2,
                            description: "shop #web"
                        ),
                        details: ["network": [["mac": "00:11", "network_name": "default"]]]
                    ),
                    SimulatedGuest(down("wide", "db-1", vcpuCount: 7, memoryMB: 1)),
                    SimulatedGuest(down("tall", "db-2", vcpuCount: 1, memoryMB: 4_097)),
                    SimulatedGuest(down("down", "db-3", vcpuCount: 1, memoryMB: 1_024)),
                    SimulatedGuest(down("half", "db-4", status: .standby, vcpuCount: 1, memoryMB: 1_024)),
                ]
            ),
            clock: clock
        )
        server = DSMServer(cluster: cluster, login: .init(account: "op", password: "s3cret &+"))
        web = "up"
    }

    private func withClient(_ body: @escaping @Sendable (DSMTestClient) async throws -> Void) async throws {
        try await server.application()
            .test(.router) { client in
                let sid = try await DSMTestClient.logIn(client)
                try await body(DSMTestClient(client: client, sid: sid))
            }
    }

    private func status(_ client: DSMTestClient, _ id: String) async throws -> JSONValue? {
        try await client.data("API.Guest", "get", "guest_id=\(id)")["status"]
    }

    @Test("a guest is told flat, with the dialect's own words, and its devices on request")
    func get() async throws {
        try await withClient { client async throws in
            let guest: JSONObject = [
                "autorun": 2, "description": "shop #web", "guest_id": "up", "guest_name": "web-1",
                "status": "running", "storage_id": "volume 1", "storage_name": "volume 1", "vcpu_num": 2,
                "vram_size": 4_096,
            ]
            #expect(try await client.data("API.Guest", "get", "guest_name=web-1&guest_id=") == .object(guest))
            let detailed = try await client.data("API.Guest", "get", "guest_id=up&additional=true")
            #expect(
                detailed["vdisks"] == [
                    ["controller": 1, "unmap": false, "vdisk_id": "up-disk-1", "vdisk_size": 10_240]
                ]
            )
            #expect(
                detailed["vnics"] == [
                    [
                        "mac": "00:11", "model": 1, "network_id": "net-1", "network_name": "default",
                        "vnic_id": "up-nic-1",
                    ]
                ]
            )
            #expect(try await client.code("API.Guest", "get", "guest_id=none") == 401)
        }
    }

    @Test("all guests come in one answer")
    func list() async throws {
        try await withClient { client async throws in
            guard case .array(let guests)? = try await client.data("API.Guest", "list", "additional=false")["guests"]
            else { throw VMMError(.badAnswer, "no guests") }
            #expect(guests.map { $0["status"] } == ["running", "shutdown", "shutdown", "shutdown", "ha_standby"])
        }
    }

    @Test("a power call answers nothing, and the guest's status tells how it goes on")
    func power() async throws {
        try await withClient { client async throws in
            #expect(try await client.answer("API.Guest.Action", "shutdown", "guest_id=up") == ["success": true])
            #expect(try await status(client, "up") == "shutting_down")
            clock.advance(by: .seconds(15))
            #expect(try await status(client, "up") == "shutdown")
            #expect(try await client.answer("API.Guest.Action", "poweron", "guest_name=web-1") == ["success": true])
            #expect(try await status(client, "up") == "booting")
            clock.advance(by: .seconds(20))
            #expect(try await status(client, "up") == "running")
        }
    }

    @Test("power off cuts the power of a guest that ignores everything else")
    func powerOff() async throws {
        try cluster.withCluster { (cluster) throws(VMMError) in
            try cluster.setBehaviour(Behaviour(hangsShuttingDown: true), of: "up")
        }
        try await withClient { client async throws in
            _ = try await client.answer("API.Guest.Action", "shutdown", "guest_id=up")
            clock.advance(by: .seconds(10_000))
            #expect(try await status(client, "up") == "shutting_down")
            #expect(try await client.answer("API.Guest.Action", "poweroff", "guest_id=up") == ["success": true])
            clock.advance(by: .seconds(1))
            #expect(try await status(client, "up") == "shutdown")
        }
    }

    @Test(
        "a power call that is refused says why by its number",
        arguments: [
            ("poweron", "up", 904), ("poweron", "wide", 902), ("poweron", "tall", 903), ("poweron", "half", 402),
            ("shutdown", "down", 907), ("poweroff", "down", 907), ("shutdown", "none", 401),
        ]
    )
    func refusedPower(method: String, id: String, code: Int) async throws {
        try await withClient { client async throws in
            let refused = try await client.code("API.Guest.Action", method, "guest_id=\(id)")
            #expect(refused == .integer(Int64(code)))
        }
    }

    @Test("settings change, a new name among them, and refusals have their numbers")
    func set() async throws {
        try await withClient { client async throws in
            let form = "guest_id=down&new_guest_name=%22db-9%22&description=&autorun=2&vcpu_num=4&vram_size=512"
            #expect(try await client.answer("API.Guest", "set", form) == ["success": true])
            let guest = try await client.data("API.Guest", "get", "guest_name=db-9")
            #expect(guest["vram_size"] == 512)
            #expect(guest["autorun"] == 2)
            for (form, code) in [
                ("guest_id=up&new_guest_name=db-9", 403), ("guest_id=up&vcpu_num=1", 402),
                ("guest_id=down&vcpu_num=9", 902), ("guest_id=down&vram_size=9000", 903),
                ("guest_id=down&autorun=3", 401), ("guest_id=down&vram_size=much", 401), ("autorun=1", 401),
            ] {
                #expect(try await client.code("API.Guest", "set", form) == .integer(Int64(code)), "\(form)")
            }
            #expect(try await client.code("API.Guest", "delete", "guest_id=up") == 402)
            #expect(try await client.answer("API.Guest", "delete", "guest_id=down") == ["success": true])
        }
    }

    @Test("tasks have long ids, and an unknown one has a number of its own")
    func tasks() async throws {
        try await withClient { client async throws in
            _ = try await client.answer("API.Guest.Action", "shutdown", "guest_id=up")
            let id = "@administrators/virtualization_api_guest_task0000000000000001"
            #expect(try await client.data("API.Task.Info", "list", "") == ["tasks": [.string(id)]])
            let running = try await client.data("API.Task.Info", "get", "task_id=\(id)")
            #expect(running["finish"] == false)
            #expect(running["task_info"]?["guest_id"] == "up")
            #expect(try await client.code("API.Task.Info", "clear", "task_id=\(id)") == 402)
            clock.advance(by: .seconds(15))
            #expect(try await client.data("API.Task.Info", "get", "taskid=%22\(id)%22")["finish"] == true)
            #expect(try await client.answer("API.Task.Info", "clear", "task_id=\(id)") == ["success": true])
            #expect(try await client.code("API.Task.Info", "get", "task_id=\(id)") == 1000)
        }
    }

    @Test("hosts, networks, storages and images are listed")
    func inventory() async throws {
        try await withClient { client async throws in
            let hosts = try await client.data("API.Host", "list", "")
            guard case .array(let list)? = hosts["hosts"] else { throw VMMError(.badAnswer, hosts.text) }
            #expect(list.first?["free_ram_size"] == 3_072)
            let networks = try await client.data("API.Network", "list", "")
            #expect(networks == ["networks": [["network_id": "net-1", "network_name": "default"]]])
            let storages = try await client.data("API.Storage", "list", "")
            #expect(storages["storages"]?.kind == "an array")
            #expect(try await client.data("API.Guest.Image", "list", "") == ["images": []])
        }
    }

    @Test("an image is created once, on storages that there are, and its task is gone")
    func createImage() async throws {
        try await withClient { client async throws in
            func form(_ name: String, storage: String) -> String {
                "image_name=\(name)&type=iso&ds_file_path=/isos/a.iso&storage_names=\(storage)"
            }
            let storages = try await client.data("API.Storage", "list", "")
            guard case .array(let list)? = storages["storages"],
                case .string(let storage)? = list.first?["storage_name"]
            else { throw VMMError(.badAnswer, storages.text) }
            let answer = try await client.data("API.Guest.Image", "create", form("a", storage: storage))
            let id = try #require(answer["task_id"]?.text)
            #expect(try await client.code("API.Task.Info", "get", "task_id=\(id)") == 1000)
            let images = try await client.data("API.Guest.Image", "list", "")
            guard case .array(let found)? = images["images"] else { throw VMMError(.badAnswer, images.text) }
            #expect(found.map { $0["image_name"] } == ["a"])
            #expect(try await client.code("API.Guest.Image", "create", form("a", storage: storage)) == 403)
            #expect(try await client.code("API.Guest.Image", "create", form("b", storage: "none")) == 401)
        }
    }
}
