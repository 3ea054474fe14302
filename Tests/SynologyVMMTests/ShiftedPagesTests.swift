import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Guests that come and go while a list of several pages is read.
@Suite struct ShiftedPagesTests {
    /// Passes everything on, and changes the guests behind the NAS after each of the first pages.
    private final class Meddler: Transport {
        private let transport: HTTPTransport
        private let left: Mutex<Int>
        private let meddle: @Sendable () -> Void

        init(_ transport: HTTPTransport, times: Int, meddle: @escaping @Sendable () -> Void) {
            self.transport = transport
            self.left = Mutex(times)
            self.meddle = meddle
        }

        func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8] {
            let answer = try await transport.send(request)
            let isDue = left.withLock { left in
                guard request.method == "List", left > 0 else { return false }
                left -= 1
                return true
            }
            if isDue { meddle() }
            return answer
        }

        func close() async { await transport.close() }
    }

    private func guests(
        of nas: TestNAS,
        pageSize: Int,
        times: Int = 1,
        meddle: @escaping @Sendable (inout [SimulatedGuest]) -> Void
    ) async throws -> [Guest] {
        try await nas.server.whileServing { url in
            var configuration = try SynologyClient.Configuration(
                url: url,
                account: "op",
                password: Secret(TestNAS.password)
            )
            configuration.pageSize = pageSize
            let transport = Meddler(HTTPTransport(configuration), times: times) {
                nas.cluster.replaceGuests(meddle)
            }
            let client = SynologyClient(configuration, transport: transport)
            do {
                let guests = try await client.guests()
                await client.close()
                return guests
            } catch {
                await client.close()
                throw error
            }
        }
    }

    private static func new(_ id: String) -> SimulatedGuest {
        SimulatedGuest(Guest(id: GuestID(rawValue: id), name: id, status: .stopped, vcpuCount: 1, memoryMB: 1))
    }

    @Test(arguments: [(0, 10), (0, 0), (2, 10), (4, 7), (3, 4), (9, 0), (5, 5)], [2, 5, 7])
    func `one deleted and one created after a page leaves the total, and no guest is lost`(
        _ change: (deleted: Int, created: Int),
        _ pageSize: Int
    ) async throws {
        let nas = TestNAS(guestCount: 11)
        let before = try nas.cluster.withCluster { (cluster) throws(VMMError) in cluster.guests.map(\.guest.id) }
        let guests = try await guests(of: nas, pageSize: pageSize) { guests in
            guests.remove(at: change.deleted)
            guests.insert(Self.new("new"), at: change.created)
        }
        let there = Set(before).subtracting([before[change.deleted]])
        #expect(there.isSubset(of: guests.map(\.id)))
        #expect(guests.count == 11 && Set(guests.map(\.id)).count == 11)
    }

    @Test func `guests that come and go after every page are listed whole, or not at all`() async throws {
        let nas = TestNAS(guestCount: 12)
        let number = Atomic(0)
        await #expect(throws: VMMError.self) {
            _ = try await guests(of: nas, pageSize: 5, times: .max) { guests in
                guests.removeFirst()
                guests.append(Self.new("new-\(number.add(1, ordering: .relaxed).newValue)"))
            }
        }
        let quiet = TestNAS(guestCount: 12)
        #expect(try await guests(of: quiet, pageSize: 5) { _ in }.count == 12)
        #expect(quiet.log.calls(of: "List").count == 3)
    }

    @Test func `a list of one page costs one request`() async throws {
        let nas = TestNAS(guestCount: 12)
        #expect(try await guests(of: nas, pageSize: 12) { _ in }.count == 12)
        #expect(nas.log.calls(of: "List").count == 1)
    }
}

extension SimulatedCluster {
    /// Guests that come and go.
    fileprivate func replaceGuests(_ change: (inout [SimulatedGuest]) -> Void) {
        try? withCluster { (cluster) throws(VMMError) in
            var guests = cluster.guests
            change(&guests)
            cluster = Cluster(hosts: cluster.hosts, guests: guests, now: cluster.now)
        }
    }
}
