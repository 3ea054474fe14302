import VirtualMachines

extension Cluster {
    /// What there is of that kind, in the field names of the public dialect; memory in MB, storage in bytes.
    public func inventory(_ kind: Inventory) -> [JSONObject] {
        if let told = toldInventory[kind] { return kind == .hosts ? told.map(updateHost) : told }
        return switch kind {
        case .hosts: hosts.indices.map(describeHost)
        case .storages: storages.map(describe)
        case .networks: networks.map { ["network_id": .string($0.id), "network_name": .string($0.name)] }
        case .images: images.map(describe)
        }
    }

    /// Makes an image at once; the task that made it is gone, as one that cleans up after itself is.
    ///
    /// Throws `nameConflict`.
    public mutating func createImage(named name: String, _ kind: SimulatedImage.Kind) throws(VMMError) -> TaskID {
        guard !images.contains(where: { $0.name == name }) else {
            throw VMMError(.nameConflict, "there is an image '\(name)' already")
        }
        let number = nextTaskNumber()
        images.append(SimulatedImage(name: name, kind: kind, id: "image-\(number)"))
        return TaskID(number: number)
    }

    /// CPUs and memory of a host that no guest has which is up, coming up or going down; never below 0.
    public func free(onHost position: Int) -> (vcpuCount: Int, memoryMB: Int) {
        let (host, load) = (hosts[position], loads[position])
        // A host without a limit always has room.
        func rest(_ capacity: Int, _ taken: Int128) -> Int {
            capacity == .max ? .max : Int(clamping: max(0, Int128(capacity) - taken))
        }
        return (
            rest(host.vcpuCapacity, load.vcpuCount + Int128(host.reservedVCPUs)),
            rest(host.memoryCapacityMB, load.memoryMB + Int128(host.reservedMemoryMB))
        )
    }

    /// The storage of a guest: the first of its host.
    public func storage(of guest: SimulatedGuest) -> SimulatedStorage? {
        storages.first { $0.host == guest.host }
    }

    /// A host as a NAS told it, with what is free now, where it tells that.
    private func updateHost(_ told: JSONObject) -> JSONObject {
        guard let position = hosts.firstIndex(where: { told["host_name"] == .string($0.name) }) else { return told }
        var host = told
        let free = free(onHost: position)
        if host["free_cpu_core"] != nil { host["free_cpu_core"] = .integer(Int64(free.vcpuCount)) }
        if host["free_ram_size"] != nil { host["free_ram_size"] = .integer(Int64(free.memoryMB)) }
        return host
    }

    private func describeHost(_ position: Int) -> JSONObject {
        let host = hosts[position]
        let free = free(onHost: position)
        return [
            "host_id": .string(host.id),
            "host_name": .string(host.name),
            "status": .string(host.status),
            "free_cpu_core": .integer(Int64(free.vcpuCount)),
            "total_cpu_core": .integer(Int64(host.vcpuCapacity)),
            "free_ram_size": .integer(Int64(free.memoryMB)),
            "total_ram_size": .integer(Int64(host.memoryCapacityMB)),
        ]
    }

    private func describe(_ storage: SimulatedStorage) -> JSONObject {
        [
            "storage_id": .string(storage.id),
            "storage_name": .string(storage.name),
            "status": .string(storage.status),
            "host_id": .string(hosts[storage.host].id),
            "host_name": .string(hosts[storage.host].name),
            "size": .integer(storage.sizeBytes),
            "used": .integer(storage.usedBytes),
            "volume_path": .string(storage.volumePath),
        ]
    }

    private func describe(_ image: SimulatedImage) -> JSONObject {
        [
            "image_id": .string(image.id),
            "image_name": .string(image.name),
            "type": .string(image.kind.rawValue),
            "storages": .array(
                storages.map {
                    ["status": "created", "storage_id": .string($0.id), "storage_name": .string($0.name)]
                }
            ),
        ]
    }
}
