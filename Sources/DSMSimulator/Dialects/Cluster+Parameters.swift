import SimulatedVMM
import VirtualMachines

extension Cluster {
    /// The guest that `guest_id` names, or else `guest_name`; an empty one of them counts as absent.
    func guest(_ parameters: Parameters) throws(VMMError) -> SimulatedGuest {
        if let id = parameters.text("guest_id") { return try guest(GuestID(rawValue: id)) }
        if let name = parameters.text("guest_name") { return try guest(named: name) }
        throw VMMError(.badArgument, "neither guest_id nor guest_name is given")
    }

    /// Deletes the guest that is named.
    @Sendable static func deleteGuest(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        try cluster.delete(try cluster.guest(parameters).guest.id)
        return nil
    }
}

extension GuestSettings {
    /// The settings that all dialects call the same.
    init(_ parameters: Parameters) throws(VMMError) {
        self.init(
            vcpuCount: try parameters.integer("vcpu_num"),
            memoryMB: try parameters.integer("vram_size"),
            autorun: try parameters.integer("autorun")
        )
    }
}
