import SimulatedVMM
import SynologyVMM
import VirtualMachines

extension Cluster {
    /// The standard cluster with guests in all kinds of states and with all kinds of settings that a dialect tells.
    ///
    /// With `isCrowded` its hosts have hardly more room than the guests need that are up.
    static func varied(guestCount: Int, seed: UInt64, _ dialect: DialectName, isCrowded: Bool) -> Cluster {
        var chance = SplitMix64(state: seed &* 31)
        func draw(_ most: Int) -> Int { Int(chance.next() % UInt64(most + 1)) }
        let now = VirtualClock().now
        let standard = Cluster.standard(guestCount: guestCount, seed: seed, now: now)
        var guests = standard.guests.map { guest in
            var guest = guest
            switch draw(11) {
            case 0: guest.guest.status = .crashed
            // The documented dialect calls it stopped: nobody could know that it can't be started.
            case 1 where dialect != .documented: guest.guest.status = .standby
            case 2: guest.guest.status = .paused
            case 3: guest.guest.autorun = dialect == .documented ? 1 : 2
            case 4: guest.guest.description = "left #alone #\(draw(9))"
            case 5: guest.guest.description = nil
            default: break
            }
            guest.guest.rawStatus = guest.guest.status.rawValue
            return guest
        }
        var (hosts, storages) = (standard.hosts, standard.storages)
        if draw(1) == 1 {
            for index in guests.indices { guests[index].host = draw(1) }
            hosts.append(SimulatedHost(name: "nas-0", vcpuCapacity: 64, memoryCapacityMB: 131_072))
            storages.append(SimulatedStorage(name: "volume 0", host: 1, sizeBytes: 1 << 40))
        }
        for index in hosts.indices where isCrowded {
            let up = guests.filter { $0.host == index && !$0.guest.status.isDown }
            hosts[index].vcpuCapacity = up.compactMap(\.guest.vcpuCount).reduce(0, +) + draw(8)
            hosts[index].memoryCapacityMB = up.compactMap(\.guest.memoryMB).reduce(0, +) + draw(8_192)
        }
        return Cluster(
            hosts: hosts,
            storages: storages,
            networks: standard.networks,
            images: standard.images,
            guests: guests,
            timings: standard.timings,
            now: now
        )
    }
}
