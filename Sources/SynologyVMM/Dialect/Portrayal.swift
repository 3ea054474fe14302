import VirtualMachines

/// Turns the domain's terms back into a dialect's: how a NAS would show simulated guests, and refuse calls on them.
protocol Portrayal {
    /// What a status word means.
    func status(for word: String) -> GuestStatus

    /// A word for a status; the dialect may have several.
    func word(for status: GuestStatus) -> String

    /// Updates the dialect's own fields that depend on the guest's status; it adds none.
    func adjustOwnFields(of guest: inout Guest)

    /// Removes what `get` leaves out.
    func narrowToGet(_ guest: inout Guest)

    /// A task as the dialect tells it.
    func portray(_ task: TaskReport) -> TaskReport

    /// The number with which a NAS refuses a call for that reason.
    ///
    /// `action` is the change of power that was asked for, and `status` how the guest stands.
    func number(for refusal: VMMError, of action: PowerAction?, in status: GuestStatus?) -> Int
}

extension Portrayal {
    func adjustOwnFields(of guest: inout Guest) {}

    func narrowToGet(_ guest: inout Guest) {}

    func portray(_ task: TaskReport) -> TaskReport { task }

    /// A guest as a list tells it; a status word that still holds stays as the NAS spelled it.
    func portray(_ guest: Guest) -> Guest {
        var guest = guest
        if status(for: guest.rawStatus) != guest.status { guest.rawStatus = word(for: guest.status) }
        guest.status = status(for: guest.rawStatus)
        adjustOwnFields(of: &guest)
        return guest
    }
}

extension DocumentedDialect: Portrayal {
    func status(for word: String) -> GuestStatus { GuestStatus(documented: word) }

    func word(for status: GuestStatus) -> String { status.rawValue }

    func narrowToGet(_ guest: inout Guest) { guest.autorun = nil }

    /// 401 for a wrong state is inferred, as the document is silent there.
    func number(for refusal: VMMError, of action: PowerAction?, in status: GuestStatus?) -> Int {
        switch refusal.code {
        case .badArgument, .ambiguous: 400
        case .notFound: 404
        case .insufficientResources: 405
        default: 401
        }
    }
}

extension PublicDialect: Portrayal {
    func status(for word: String) -> GuestStatus { GuestStatus(public: word) }

    func word(for status: GuestStatus) -> String { status.publicWord }

    /// Its tasks don't tell what they do.
    func portray(_ task: TaskReport) -> TaskReport {
        var task = task
        task.operation = nil
        return task
    }

    func number(for refusal: VMMError, of action: PowerAction?, in status: GuestStatus?) -> Int {
        switch (action, status) {
        case (.powerOn, .running?), (.powerOn, .booting?): refusal.code == .wrongState ? 904 : refusal.publicNumber
        case (.shutdown, let status?) where status.isDown, (.powerOff, let status?) where status.isDown: 907
        default: refusal.publicNumber
        }
    }
}

extension InternalDialect: Portrayal {
    func status(for word: String) -> GuestStatus { GuestStatus(public: word) }

    func word(for status: GuestStatus) -> String { status.publicWord }

    /// Knows the fields of a real capture; a guest that has come up is assumed to use no CPU and all of its memory.
    func adjustOwnFields(of guest: inout Guest) {
        func adjust(_ field: String, _ value: JSONValue) {
            if guest.extra[field] != nil { guest.extra[field] = value }
        }
        let isCrashed = guest.status == .crashed
        if isCrashed || guest.extra["status_type"] == "error" {
            adjust("status_type", isCrashed ? "error" : "healthy")
        }
        adjust("is_acting", .bool(guest.status == .booting || guest.status == .shuttingDown))
        switch guest.status {
        case .stopped, .crashed:
            adjust("is_online", false)
            adjust("vcpu_usage", "")
            adjust("ram_used", 0)
        case .running, .booting, .shuttingDown:
            adjust("is_online", true)
            if guest.extra["vcpu_usage"] == "" { adjust("vcpu_usage", 0) }
            if guest.extra["ram_used"] == 0, let memory = guest.memoryInKiB { adjust("ram_used", memory) }
        default: break
        }
    }

    func number(for refusal: VMMError, of action: PowerAction?, in status: GuestStatus?) -> Int {
        guard refusal.code == .wrongState, let action, let status else { return refusal.publicNumber }
        switch action {
        case .powerOn where !status.isDown: return 939
        case .shutdown where status.isDown: return 903
        case .powerOff where status.isDown: return 904
        default: return refusal.publicNumber
        }
    }
}

extension GuestStatus {
    /// The word of the public dialect, which has none for a paused guest.
    fileprivate var publicWord: String {
        switch self {
        case .stopped: "shutdown"
        case .standby: "ha_standby"
        case .paused: "undefined"
        default: rawValue
        }
    }
}

extension VMMError {
    /// The public dialect's number; that a guest that isn't there is a bad parameter is inferred.
    fileprivate var publicNumber: Int {
        switch code {
        case .badArgument, .notFound, .ambiguous: 401
        case .nameConflict: 403
        case .insufficientResources: lacking == .vcpus ? 902 : 903
        default: 402
        }
    }
}

extension Guest {
    fileprivate var memoryInKiB: JSONValue? {
        guard let memoryMB else { return nil }
        let (kibibytes, overflows) = memoryMB.multipliedReportingOverflow(by: 1024)
        return overflows ? nil : .integer(Int64(kibibytes))
    }
}
