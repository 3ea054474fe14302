import SimulatedVMM
import VirtualMachines

extension WebAPIService {
    /// `List`: one page of guests.
    func listGuests(_ parameters: Parameters) throws(WebAPIFailure) -> JSONValue {
        let offset = try parameters.integer("offset") ?? 0
        let limit = try parameters.integer("limit") ?? 100
        let details: Set<GuestDetail> = try parameters.flag("additional") ?? false ? Set(GuestDetail.allCases) : []
        guard offset >= 0 else { throw .invalidParameter("offset") }
        guard limit >= 1 else { throw .invalidParameter("limit") }
        return try onCluster { cluster in
            let page = cluster.guests.dropFirst(offset).prefix(limit)
                .map { guest in
                    documented(cluster.report(guest, additional: details, in: .documented), withAutorun: true)
                }
            return ["guests": .array(page), "total": .integer(Int64(cluster.guests.count))]
        }
    }

    /// `Get`: one guest; as the document has it, without `autorun`.
    func getGuest(_ parameters: Parameters) throws(WebAPIFailure) -> JSONValue {
        var details: Set<GuestDetail> = []
        for word in parameters.list("additional") {
            guard let detail = GuestDetail(rawValue: word) else { throw .invalidParameter("additional") }
            details.insert(detail)
        }
        return try onCluster { (cluster) throws(VMMError) in
            let guest = try find(parameters, in: cluster)
            return documented(cluster.report(guest, additional: details, in: .documented), withAutorun: false)
        }
    }

    /// `PowerOn`, `PowerOff`, `Shutdown`.
    func power(_ action: PowerAction, _ parameters: Parameters) throws(WebAPIFailure) -> JSONValue {
        let force = try parameters.flag("force") ?? false
        return try onCluster { (cluster) throws(VMMError) in
            let guest = try find(parameters, in: cluster).guest
            let task = try cluster.power(action, guest.id, force: force)
            return ["task_id": .string(task.rawValue)]
        }
    }

    /// `Delete`.
    func deleteGuest(_ parameters: Parameters) throws(WebAPIFailure) -> JSONValue? {
        try onCluster { (cluster) throws(VMMError) in
            try cluster.delete(try find(parameters, in: cluster).guest.id)
        }
        return nil
    }

    /// `Set`.
    func setGuest(_ parameters: Parameters) throws(WebAPIFailure) -> JSONValue? {
        let settings = GuestSettings(
            vcpuCount: try parameters.integer("vcpu_num"),
            memoryMB: try parameters.integer("vram_size"),
            autorun: try parameters.integer("autorun")
        )
        try onCluster { (cluster) throws(VMMError) in
            try cluster.set(try find(parameters, in: cluster).guest.id, settings)
        }
        return nil
    }

    /// The guest that `guest_id` names, or else `guest_name`.
    private func find(_ parameters: Parameters, in cluster: Cluster) throws(VMMError) -> SimulatedGuest {
        if let id = parameters.text("guest_id") { return try cluster.guest(GuestID(rawValue: id)) }
        if let name = parameters.text("guest_name") { return try cluster.guest(named: name) }
        throw VMMError(.badArgument, "neither guest_id nor guest_name is given")
    }

    private func documented(_ guest: Guest, withAutorun: Bool) -> JSONValue {
        var members: [JSONObject.Member] = [
            ("guest_id", .string(guest.id.rawValue)),
            ("guest_name", .string(guest.name)),
            ("status", .string(guest.rawStatus)),
            ("vcpu_num", .integer(Int64(guest.vcpuCount))),
            ("vram_size", .integer(Int64(guest.memoryMB))),
            ("storage_size", .integer(guest.storageBytes ?? 0)),
        ]
        if withAutorun { members.append(("autorun", .integer(Int64(guest.autorun ?? 0)))) }
        return .object(JSONObject(members + guest.extra.members))
    }
}
