import SimulatedVMM
import Testing
import VirtualMachines

@Suite struct StandardClusterTests {
    @Test("twenty guests by default, the four web guests first and running")
    func defaults() {
        let guests = Cluster.standard().guests.map(\.guest)
        #expect(guests.count == 20)
        #expect(guests.prefix(4).map(\.name) == ["web-1", "web-2", "web-3", "web-4"])
        #expect(guests.prefix(4).allSatisfy { $0.status == .running })
        #expect(Set(guests.map(\.status)) == [.running, .stopped, .paused])
        #expect(Set(guests.map(\.name)).isSuperset(of: ["db-1", "db-2", "mail", "dns", "backup", "build-1"]))
        #expect(guests.allSatisfy { ($0.storageBytes ?? 0) > 0 && [0, 1].contains($0.autorun) })
    }

    @Test("the same count and seed give the same guests, another seed other ids")
    func determinism() {
        #expect(Cluster.standard(guestCount: 50).guests == Cluster.standard(guestCount: 50).guests)
        let other = Cluster.standard(seed: 2).guests.map(\.guest.id)
        #expect(Set(other).isDisjoint(with: Cluster.standard().guests.map(\.guest.id)))
    }

    @Test("a smaller cluster is the beginning of a larger one", arguments: [0, 1, 3, 20, 21])
    func prefixes(count: Int) {
        let small = Cluster.standard(guestCount: count).guests
        #expect(small.count == count)
        #expect(small == Array(Cluster.standard(guestCount: 100).guests.prefix(count)))
    }

    @Test("ids look like the UUIDs of a NAS")
    func ids() {
        for guest in Cluster.standard().guests {
            let parts = guest.guest.id.rawValue.split(separator: "-")
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts[2].first == "4")
            #expect("89ab".contains(parts[3].prefix(1)))
        }
    }

    @Test("ten thousand guests have ids of their own, and all of them can be up at once")
    func large() throws {
        var cluster = Cluster.standard(guestCount: 10_000)
        #expect(Set(cluster.guests.map(\.guest.id)).count == 10_000)
        let down = cluster.guests.map(\.guest).filter { $0.status != .running }
        for guest in down.prefix(500) { _ = try cluster.power(.powerOn, guest.id) }
        cluster.advance(to: cluster.now + .seconds(20))
        for guest in down.prefix(500) { #expect(try cluster.guest(guest.id).guest.status == .running) }
    }

    @Test("a default cluster has room for all of its guests")
    func room() throws {
        var cluster = Cluster.standard()
        for guest in cluster.guests.map(\.guest) where guest.status != .running {
            _ = try cluster.power(.powerOn, guest.id)
        }
    }
}
