import SimulatedVMM
import VirtualMachines

/// What there is: hosts, storages, networks, images and guests.
extension ScenarioNode {
    func host() throws(VMMError) -> SimulatedHost {
        let fields = try fields(["name", "id", "status", "vcpus", "memory_mb"])
        return SimulatedHost(
            name: try required("name", in: fields).text(),
            vcpuCapacity: try fields["vcpus"]?.integer(0...Int(Int32.max)) ?? 96,
            memoryCapacityMB: try fields["memory_mb"]?.integer(0...Int(Int32.max)) ?? 196_608,
            id: try fields["id"]?.text(),
            status: try fields["status"]?.text() ?? "running"
        )
    }

    func storage(on hosts: [SimulatedHost]) throws(VMMError) -> SimulatedStorage {
        let fields = try fields(["name", "id", "host", "status", "size_gb", "used_gb", "volume_path"])
        return SimulatedStorage(
            name: try required("name", in: fields).text(),
            host: try fields["host"]?.position(in: hosts) ?? 0,
            sizeBytes: Int64(try fields["size_gb"]?.integer(0...Int(Int32.max)) ?? 16_384) << 30,
            usedBytes: Int64(try fields["used_gb"]?.integer(0...Int(Int32.max)) ?? 0) << 30,
            id: try fields["id"]?.text(),
            volumePath: try fields["volume_path"]?.text() ?? "/volume1",
            status: try fields["status"]?.text() ?? "online"
        )
    }

    func network() throws(VMMError) -> SimulatedNetwork {
        let fields = try fields(["name", "id"])
        return SimulatedNetwork(name: try required("name", in: fields).text(), id: try fields["id"]?.text())
    }

    func image() throws(VMMError) -> SimulatedImage {
        let fields = try fields(["name", "id", "type"])
        return SimulatedImage(
            name: try required("name", in: fields).text(),
            kind: try fields["type"]?.word(SimulatedImage.Kind.self) ?? .disk,
            id: try fields["id"]?.text()
        )
    }

    /// A guest; `id` is for one that names none.
    func guest(on hosts: [SimulatedHost], id: String) throws(VMMError) -> SimulatedGuest {
        let fields = try fields([
            "name", "id", "host", "status", "vcpus", "memory_mb", "storage_gb", "autorun", "description", "network",
        ])
        let storageBytes = Int64(try fields["storage_gb"]?.integer(0...Int(Int32.max)) ?? 10) << 30
        let network = try fields["network"]?.text() ?? "default"
        let guest = Guest(
            id: GuestID(rawValue: try fields["id"]?.text() ?? id),
            name: try required("name", in: fields).text(),
            status: try fields["status"]?.word(GuestStatus.self) ?? .running,
            vcpuCount: try fields["vcpus"]?.integer(1...1_024) ?? 1,
            memoryMB: try fields["memory_mb"]?.integer(1...Int(Int32.max)) ?? 1_024,
            storageBytes: storageBytes,
            autorun: try fields["autorun"]?.integer(0...2) ?? 0,
            description: try fields["description"]?.possiblyEmptyText() ?? ""
        )
        return SimulatedGuest(
            guest,
            host: try fields["host"]?.position(in: hosts) ?? 0,
            details: [
                "network": [["mac": "", "network_name": .string(network)]],
                "storage": [["size": .integer(storageBytes)]],
                "snapshot": [],
            ]
        )
    }

    func timings() throws(VMMError) -> Timings {
        let fields = try fields(["boot", "shutdown", "power_off", "forced_power_off", "stop_timeout"])
        var timings = Timings()
        timings.boot = try fields["boot"]?.duration() ?? timings.boot
        timings.shutdown = try fields["shutdown"]?.duration() ?? timings.shutdown
        timings.powerOff = try fields["power_off"]?.duration() ?? timings.powerOff
        timings.forcedPowerOff = try fields["forced_power_off"]?.duration() ?? timings.forcedPowerOff
        timings.stopTimeout = try fields["stop_timeout"]?.duration() ?? timings.stopTimeout
        return timings
    }

    /// The field of that name, which must be there.
    func required(_ name: String, in fields: [String: ScenarioNode]) throws(VMMError) -> ScenarioNode {
        guard let field = fields[name] else { throw refusal(expected: "one with the key '\(name)'") }
        return field
    }

    private func position(in hosts: [SimulatedHost]) throws(VMMError) -> Int {
        let name = try text()
        guard let position = hosts.firstIndex(where: { $0.name == name }) else {
            throw refusal(expected: "the name of a host: \(hosts.map(\.name).joined(separator: ", "))")
        }
        return position
    }
}
