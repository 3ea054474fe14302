import SimulatedVMM
import Synchronization
import VirtualMachines

/// A NAS that refuses some calls, or accepts them and does nothing.
final class RefusingManager: WrappedManager {
    enum Call: Hashable {
        case list
        case get
        case powerOn
        case shutdown
        case powerOff
    }

    let manager: SimulatedManager
    /// Accepted, and never done.
    let ignoresDeletions: Bool
    /// How guests show, whatever they do.
    private let shown = Mutex<[String: GuestStatus]>([:])
    private let refusals: Mutex<[Call: (code: VMMError.Code, left: Int)]>

    /// `refusals`: how often each call is refused, and with what.
    init(
        _ manager: SimulatedManager,
        refusing refusals: [Call: (code: VMMError.Code, left: Int)] = [:],
        ignoresDeletions: Bool = false
    ) {
        self.manager = manager
        self.ignoresDeletions = ignoresDeletions
        self.refusals = Mutex(refusals)
    }

    /// Has a call be refused from now on.
    func refuse(_ call: Call, _ code: VMMError.Code, times: Int = .max) {
        refusals.withLock { $0[call] = (code, times) }
    }

    /// Has a guest show that status from now on; nil for its own.
    func show(_ name: String, _ status: GuestStatus?) {
        shown.withLock { $0[name] = status }
    }

    private func asShown(_ guest: Guest) -> Guest {
        guard let status = shown.withLock({ $0[guest.name] }) else { return guest }
        var guest = guest
        guest.status = status
        return guest
    }

    private func answer(_ call: Call) throws(VMMError) {
        let code = refusals.withLock { refusals -> VMMError.Code? in
            guard let refusal = refusals[call], refusal.left > 0 else { return nil }
            refusals[call]?.left -= 1
            return refusal.code
        }
        if let code { throw VMMError(code, "the NAS says \(code.rawValue)") }
    }

    func guests() async throws(VMMError) -> [Guest] {
        try answer(.list)
        return try await manager.guests().map(asShown)
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try answer(.get)
        return asShown(try await manager.guest(id, additional: additional))
    }

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try answer(.powerOn)
        return try await manager.powerOn(id)
    }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try answer(.shutdown)
        return try await manager.shutdown(id)
    }

    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try answer(.powerOff)
        return try await manager.powerOff(id, force: force)
    }

    func delete(_ id: GuestID) async throws(VMMError) {
        if !ignoresDeletions { try await manager.delete(id) }
    }
}
