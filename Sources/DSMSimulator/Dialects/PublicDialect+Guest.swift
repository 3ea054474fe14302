import SimulatedVMM
import VirtualMachines

extension PublicDialect {
    /// A guest, flat; `isDetailed` adds its disks and network interfaces.
    static func describe(_ simulated: SimulatedGuest, in cluster: Cluster, isDetailed: Bool) -> JSONObject {
        let guest = simulated.guest
        let storage = cluster.storage(of: simulated)
        var members: JSONObject = [
            "autorun": .integer(Int64(guest.autorun ?? 0)),
            "description": .string(guest.description ?? ""),
            "guest_id": .string(guest.id.rawValue),
            "guest_name": .string(guest.name),
            "status": .string(word(for: simulated.status(in: .full))),
            "storage_id": .string(storage?.id ?? ""),
            "storage_name": .string(storage?.name ?? ""),
            "vcpu_num": JSONValue(guest.vcpuCount),
            "vram_size": JSONValue(guest.memoryMB),
        ]
        if isDetailed {
            members["vdisks"] = .array(disks(of: guest))
            members["vnics"] = .array(interfaces(of: simulated, in: cluster))
        }
        return members
    }

    /// The dialect's own word for a status; it has none for a paused guest.
    static func word(for status: GuestStatus) -> String {
        switch status {
        case .stopped: "shutdown"
        case .standby: "ha_standby"
        case .paused: "undefined"
        default: status.rawValue
        }
    }

    private static func disks(of guest: Guest) -> [JSONValue] {
        guard let bytes = guest.storageBytes else { return [] }
        return [
            [
                "controller": 1, "unmap": false, "vdisk_id": .string("\(guest.id)-disk-1"),
                "vdisk_size": .integer(bytes >> 20),
            ]
        ]
    }

    private static func interfaces(of simulated: SimulatedGuest, in cluster: Cluster) -> [JSONValue] {
        guard case .array(let interfaces)? = simulated.details["network"] else { return [] }
        return interfaces.enumerated()
            .map { number, interface in
                let network = cluster.networks.first { interface["network_name"] == .string($0.name) }
                return [
                    "mac": interface["mac"] ?? "",
                    "model": 1,
                    "network_id": .string(network?.id ?? ""),
                    "network_name": .string(network?.name ?? ""),
                    "vnic_id": .string("\(simulated.guest.id)-nic-\(number + 1)"),
                ]
            }
    }
}
