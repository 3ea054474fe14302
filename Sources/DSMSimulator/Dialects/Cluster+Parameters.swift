import SimulatedVMM
import VirtualMachines

extension Cluster {
    /// The guest that `guest_id` names, or else `guest_name`; an empty one of them counts as absent.
    func guest(_ parameters: Parameters) throws(VMMError) -> SimulatedGuest {
        if let id = parameters.text("guest_id") { return try guest(GuestID(rawValue: id)) }
        if let name = parameters.text("guest_name") { return try guest(named: name) }
        throw VMMError(.badArgument, "neither guest_id nor guest_name is given")
    }
}
