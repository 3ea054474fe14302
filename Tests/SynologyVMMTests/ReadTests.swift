import SimulatedVMM
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Reading, over a real socket.
@Suite struct ReadTests {
    @Test(
        "a list of several pages comes whole, each guest once, and each page begins with the last guest of the one before"
    )
    func paging() async throws {
        let nas = TestNAS(guestCount: 250)
        let guests = try await nas.withClient { try await $0.guests() }
        #expect(Set(guests.map(\.id)).count == 250)
        #expect(nas.log.calls(of: "List").map { $0.parameters["offset"] } == ["0", "99", "198"])
        #expect(nas.log.calls(of: "List").allSatisfy { $0.parameters["limit"] == "100" })
    }

    @Test("a list of no guests is empty, and a page that is just full asks for no more", arguments: [0, 100])
    func pageLimits(count: Int) async throws {
        let nas = TestNAS(guestCount: count)
        #expect(try await nas.withClient { try await $0.guests() }.count == count)
        #expect(nas.log.calls(of: "List").count == 1)
    }

    @Test("every documented field arrives, and details where they are asked for")
    func fields() async throws {
        let nas = TestNAS()
        let web = try nas.id("web-1")
        try await nas.withClient { client in
            let guest = try #require(try await client.guests().first { $0.id == web })
            #expect(guest.name == "web-1")
            #expect(guest.status == .running)
            #expect(guest.rawStatus == "running")
            #expect(guest.vcpuCount == 2)
            #expect(guest.memoryMB == 4_096)
            #expect(guest.storageBytes == 50 << 30)
            #expect(guest.autorun == 1)
            #expect(guest.extra.isEmpty)

            let alone = try await client.guest(web, additional: [])
            #expect(alone.name == "web-1")
            #expect(alone.autorun == nil)

            let detailed = try await client.guest(named: "web-1", additional: [.snapshot, .network])
            #expect(detailed.extra.members.map(\.key) == ["network", "snapshot"])
            let all = try await client.guests(additional: true)
            #expect(all.allSatisfy { $0.extra["network"] != nil })
        }
    }

    @Test("a request for one guest carries its id alone, and empty parameters are left out")
    func parameters() async throws {
        let nas = TestNAS()
        let web = try nas.id("web-1")
        try await nas.withClient { client in
            _ = try await client.guest(web, additional: [])
            _ = try await client.guest(web, additional: [.storage, .network])
        }
        let calls = nas.log.calls(of: "Get").map(\.parameters)
        #expect(Set(try #require(calls.first).keys) == ["api", "version", "method", "guest_id"])
        #expect(calls.last?["additional"] == "\"network,storage\"")
    }

    @Test("a name that looks like a number stays a name")
    func numericName() async throws {
        let cluster = Cluster(
            hosts: [SimulatedHost(name: "nas-1", vcpuCapacity: 8, memoryCapacityMB: 8_192)],
            guests: [
                SimulatedGuest(Guest(id: "a", name: "2016", status: .stopped, vcpuCount: 1, memoryMB: 1_024)),
                SimulatedGuest(Guest(id: "b", name: "ä \"&=+ %41", status: .paused, vcpuCount: 1, memoryMB: 1_024)),
            ]
        )
        let nas = TestNAS(cluster: cluster)
        try await nas.withClient { client async throws in
            #expect(try await client.guest(named: "2016").id == "a")
            #expect(try await client.guest(named: "ä \"&=+ %41").id == "b")
        }
        #expect(nas.log.calls(of: "Get").first?.parameters["guest_name"] == "\"2016\"")
    }

    @Test("an unknown guest or task is not found")
    func notFound() async throws {
        try await TestNAS()
            .withClient { client in
                let guest = try await failure(.notFound) { _ = try await client.guest("vm-9", additional: []) }
                #expect(
                    guest.message
                        == "guest 'vm-9': there is no such guest (SYNO.Virtualization.Guest Get, code 404)"
                )
                #expect(guest.apiCode == 404)
                #expect(guest.guest == "vm-9")
                _ = try await failure(.notFound) { _ = try await client.task("task_9") }
            }
    }

    @Test("an empty id is refused before anything is sent")
    func emptyID() async throws {
        let transport = StubTransport(data: "{}")
        let client = try transport.client()
        _ = try await failure(.badArgument) { _ = try await client.guest("", additional: []) }
        _ = try await failure(.badArgument) { try await client.delete("") }
        #expect(transport.requests.isEmpty)
    }
}
