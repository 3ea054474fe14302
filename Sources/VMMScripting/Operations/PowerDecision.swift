import VirtualMachines

/// Whether a power action is to be sent, decided from the guest as it was read right before.
enum PowerDecision: Equatable {
    /// The guest is as wanted; nothing is sent.
    case alreadySo
    /// The guest is on its way there; nothing is sent.
    case underWay
    /// It must not be sent.
    case refused(String)
    /// It is sent.
    case send

    init(_ action: PowerAction, _ guest: Guest) {
        switch (action, guest.status) {
        case (.powerOn, .running): self = .alreadySo
        case (.powerOn, .booting): self = .underWay
        // Some NASes answer that it runs already.
        case (.powerOn, .shuttingDown):
            self = .refused("\(guest.name) is shutting down: it can be powered on when it is off")
        case (.powerOn, .standby):
            self = .refused("\(guest.name) is the standby of a high-availability pair: it must not be powered on")
        case (.shutdown, .stopped), (.shutdown, .crashed), (.powerOff, .stopped), (.powerOff, .crashed):
            self = .alreadySo
        // Cutting the power of a guest that hangs while it shuts down is what power_off is for.
        case (.shutdown, .shuttingDown): self = .underWay
        default: self = .send
        }
    }
}

extension PowerAction {
    /// How a guest shows that is sent on its way, in a dialect that has no word for that.
    var statusBefore: GuestStatus { self == .powerOn ? .stopped : .running }

    /// How it shows in others.
    var statusMeanwhile: GuestStatus { self == .powerOn ? .booting : .shuttingDown }

    /// Whether a guest that was on its way there shows that it has turned back: off again, or up or coming up again.
    func isUndone(in status: GuestStatus) -> Bool {
        self == .powerOn ? status == .stopped : status == .running || status == .booting
    }
}
