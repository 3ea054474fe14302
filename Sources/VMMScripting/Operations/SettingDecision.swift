import VirtualMachines

extension GuestSettings {
    /// Why a guest that stands so can't be set to these, or nil: CPU and memory need one that is off.
    ///
    /// It is decided before anything is sent, as a NAS says no more than that it failed. A status that tells nothing is left
    /// to the NAS.
    func refusal(by guest: Guest) -> ScriptError? {
        var words: [String] = []
        if vcpuCount != nil { words.append("vcpu_num") }
        if memoryMB != nil { words.append("vram_size") }
        guard !words.isEmpty, guest.status.isUp else { return nil }
        return ScriptError(
            .wrongState,
            "\(guest.name) is \(guest.status.rawValue): \(words.joined(separator: " and ")) can be changed only when it is stopped",
            hint: "stop it first, as with flow.stop(\"\(guest.name)\"), and start it again afterwards",
            guest: guest.name
        )
    }
}

extension GuestStatus {
    /// Whether the guest has power, by all that is known.
    fileprivate var isUp: Bool {
        switch self {
        case .running, .booting, .shuttingDown, .paused: true
        default: false
        }
    }
}
