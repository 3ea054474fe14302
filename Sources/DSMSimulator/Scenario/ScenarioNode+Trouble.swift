import SimulatedVMM
import VirtualMachines

/// What goes wrong: behaviours, events and faults.
extension ScenarioNode {
    /// The guests that are meant, and how they deviate.
    func behaviour() throws(VMMError) -> (pattern: String, behaviour: Behaviour) {
        let fields = try fields([
            "guest", "ignores_shutdown", "hangs_shutting_down", "boot_failure", "boot", "crashes_after_boot",
        ])
        let behaviour = Behaviour(
            ignoresShutdown: try fields["ignores_shutdown"]?.flag() ?? false,
            hangsShuttingDown: try fields["hangs_shutting_down"]?.flag() ?? false,
            bootFailure: try fields["boot_failure"]?.text(),
            bootDuration: try fields["boot"]?.duration(),
            crashesAfterBoot: try fields["crashes_after_boot"]?.duration()
        )
        return (try required("guest", in: fields).text(), behaviour)
    }

    private enum EventWord: String, CaseIterable {
        case crash
        case vanish
        case rename
    }

    func event(of guests: [SimulatedGuest]) throws(VMMError) -> Scenario.Event {
        let fields = try fields(["at", "guest", "event", "name"])
        let guestField = try required("guest", in: fields)
        let name = try guestField.text()
        guard let guest = guests.first(where: { $0.guest.name == name }) else {
            throw guestField.refusal(expected: "the name of a guest")
        }
        let event: GuestEvent =
            switch try required("event", in: fields).word(EventWord.self) {
            case .crash: .crash
            case .vanish: .vanish
            case .rename: .rename(try required("name", in: fields).text())
            }
        return Scenario.Event(
            time: try required("at", in: fields).duration(),
            guestID: guest.guest.id,
            event: event
        )
    }

    private enum EffectWord: String, CaseIterable {
        case refuse
        case expiredSession = "expired_session"
        case displacedLogin = "displaced_login"
        case busy
        case resetBefore = "reset_before"
        case resetAfter = "reset_after"
        case truncate
        case badGateway = "bad_gateway"
        case html
        case delay
        case restart
    }

    func fault() throws(VMMError) -> Fault {
        let fields = try fields([
            "effect", "code", "delay", "api", "method", "action", "guest", "from", "until", "skip", "times",
            "probability",
        ])
        let word = try required("effect", in: fields).word(EffectWord.self)
        for (key, owner) in [("code", EffectWord.refuse), ("delay", .delay)] where word != owner {
            guard let field = fields[key] else { continue }
            throw field.refusal(expected: "that only beside the effect \(owner.rawValue)")
        }
        let effect: Fault.Effect =
            switch word {
            case .refuse: .refuse(code: try required("code", in: fields).integer(100...9_999))
            case .expiredSession: .refuse(code: 106)
            case .displacedLogin: .refuse(code: 107)
            case .busy: .refuse(code: 118)
            case .resetBefore: .resetBefore
            case .resetAfter: .resetAfter
            case .truncate: .truncate
            case .badGateway: .badGateway
            case .html: .html
            case .delay: .delay(try required("delay", in: fields).duration())
            case .restart: .restart
            }
        return Fault(
            effect,
            in: Fault.Calls(
                api: try fields["api"]?.text() ?? "*",
                method: try fields["method"]?.text() ?? "*",
                action: try fields["action"]?.text() ?? "*",
                guest: try fields["guest"]?.text() ?? "*"
            ),
            from: try fields["from"]?.duration() ?? .zero,
            until: try fields["until"]?.duration(),
            skip: try fields["skip"]?.integer(0...Int.max) ?? 0,
            // A restart without a number would forget the session of each call.
            times: try fields["times"]?.integer(0...Int.max) ?? (word == .restart ? 1 : nil),
            probability: try fields["probability"]?.probability() ?? 1
        )
    }
}
