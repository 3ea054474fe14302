import VirtualMachines

extension Cluster {
    /// How many guests the standard cluster has unless told.
    public static let standardGuestCount = 20

    /// A cluster such as a small firm has: the same guests with the same ids for the same count and seed.
    ///
    /// `web-1` to `web-4` come first and are running; with more than 20 guests the list goes on as `worker-1`,
    /// `worker-2`, … There is one host for every 20 guests, with room for all of them.
    public static func standard(
        guestCount: Int = standardGuestCount,
        seed: UInt64 = 1,
        timings: Timings = Timings(),
        now: Timestamp = Timestamp(sinceEpoch: .zero)
    ) -> Cluster {
        let count = max(0, guestCount)
        var generator = SplitMix64(state: seed &+ 0x5EED)
        let hosts = (0..<max(1, (count + guestsPerHost - 1) / guestsPerHost))
            .map { number in
                SimulatedHost(
                    name: "nas-\(number + 1)",
                    vcpuCapacity: 96,
                    memoryCapacityMB: 196_608,
                    id: generator.nextUUID()
                )
            }
        let storages = hosts.indices.map { host in
            SimulatedStorage(
                name: "volume \(host + 1)",
                host: host,
                sizeBytes: 16 << 40,
                usedBytes: 6 << 40,
                id: generator.nextUUID()
            )
        }
        return Cluster(
            hosts: hosts,
            storages: storages,
            networks: ["default", "dmz"].map { SimulatedNetwork(name: $0, id: generator.nextUUID()) },
            images: [
                SimulatedImage(name: "debian-12", kind: .disk, id: generator.nextUUID()),
                SimulatedImage(name: "debian-12-netinst", kind: .iso, id: generator.nextUUID()),
            ],
            guests: (0..<count).map { standardGuest($0, seed: seed) },
            timings: timings,
            now: now
        )
    }

    private static let guestsPerHost = 20

    private static func standardGuest(_ number: Int, seed: UInt64) -> SimulatedGuest {
        var generator = SplitMix64(state: seed &* 0x1_0000_0000 &+ UInt64(number))
        let model = number < models.count ? models[number] : worker(number - models.count + 1)
        let storageBytes = Int64(model.storageGB) << 30
        let guest = Guest(
            id: GuestID(rawValue: generator.nextUUID()),
            name: model.name,
            status: model.status,
            vcpuCount: model.vcpuCount,
            memoryMB: model.memoryMB,
            storageBytes: storageBytes,
            autorun: model.status == .running ? 1 : 0,
            description: model.description
        )
        let details: JSONObject = [
            "network": [["mac": .string(generator.nextMAC()), "network_name": "default"]],
            "storage": [["storage_name": "volume 1", "size": .integer(storageBytes)]],
            "snapshot": number % 3 == 0 ? [["snapshot_name": "before update"]] : [],
        ]
        return SimulatedGuest(guest, host: number / guestsPerHost, details: details)
    }

    // MARK: The guests

    private struct Model {
        var name: String
        var status: GuestStatus
        var vcpuCount: Int
        var memoryMB: Int
        var storageGB: Int

        /// What an operator wrote: a word for each group of guests that goes by a number.
        var description: String {
            let parts = name.split(separator: "-")
            return parts.count == 2 ? "#\(parts[0])" : ""
        }
    }

    private static let models = [
        Model(name: "web-1", status: .running, vcpuCount: 2, memoryMB: 4_096, storageGB: 50),
        Model(name: "web-2", status: .running, vcpuCount: 2, memoryMB: 4_096, storageGB: 50),
        Model(name: "web-3", status: .running, vcpuCount: 2, memoryMB: 4_096, storageGB: 50),
        Model(name: "web-4", status: .running, vcpuCount: 2, memoryMB: 4_096, storageGB: 50),
        Model(name: "db-1", status: .running, vcpuCount: 8, memoryMB: 16_384, storageGB: 400),
        Model(name: "db-2", status: .running, vcpuCount: 8, memoryMB: 16_384, storageGB: 400),
        Model(name: "mail", status: .running, vcpuCount: 4, memoryMB: 8_192, storageGB: 250),
        Model(name: "dns", status: .running, vcpuCount: 1, memoryMB: 1_024, storageGB: 10),
        Model(name: "backup", status: .stopped, vcpuCount: 2, memoryMB: 4_096, storageGB: 1_000),
        Model(name: "build-1", status: .running, vcpuCount: 8, memoryMB: 16_384, storageGB: 200),
        Model(name: "build-2", status: .stopped, vcpuCount: 8, memoryMB: 16_384, storageGB: 200),
        Model(name: "monitor", status: .running, vcpuCount: 2, memoryMB: 4_096, storageGB: 80),
        Model(name: "git", status: .running, vcpuCount: 4, memoryMB: 8_192, storageGB: 150),
        Model(name: "wiki", status: .running, vcpuCount: 2, memoryMB: 2_048, storageGB: 40),
        Model(name: "files", status: .running, vcpuCount: 2, memoryMB: 4_096, storageGB: 500),
        Model(name: "vpn", status: .running, vcpuCount: 1, memoryMB: 1_024, storageGB: 10),
        Model(name: "staging-1", status: .stopped, vcpuCount: 2, memoryMB: 4_096, storageGB: 50),
        Model(name: "staging-2", status: .stopped, vcpuCount: 2, memoryMB: 4_096, storageGB: 50),
        Model(name: "lab", status: .paused, vcpuCount: 4, memoryMB: 8_192, storageGB: 100),
        Model(name: "legacy", status: .stopped, vcpuCount: 1, memoryMB: 2_048, storageGB: 30),
    ]

    private static func worker(_ number: Int) -> Model {
        Model(
            name: "worker-\(number)",
            status: number % 4 == 0 ? .stopped : .running,
            vcpuCount: 2,
            memoryMB: 4_096,
            storageGB: 60
        )
    }
}
