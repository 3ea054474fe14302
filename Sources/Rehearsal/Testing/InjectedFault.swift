import LuaRuntime
import SimulatedVMM
import VMMScripting
import VirtualMachines

/// Something that goes wrong with guests of a test, as `sim.fault` describes it.
struct InjectedFault: Sendable {
    /// The calls that can go wrong.
    enum Call: String, CaseIterable {
        case list, get
        case powerOn = "power_on"
        case shutdown
        case powerOff = "power_off"
        case set, delete
    }

    /// What goes wrong.
    enum Effect: Sendable {
        /// A call fails.
        case refusal(Call, VMMError.Code)
        /// A call of that kind succeeds, and its task fails.
        case taskFailure(Call)
        /// The guests themselves deviate.
        case behaviour(Behaviour)
    }

    let effect: Effect
    private let guests: Glob
    private let probability: Double
    private let begin: Duration
    private var left: Int

    /// Reads `{on=, guest=, kind=, count=, probability=, at=}`.
    ///
    /// Throws ``ScriptError`` (`bad_argument`).
    init(described fields: LuaTable) throws(ScriptError) {
        let at = Duration(luaValue: fields["at"])
        effect = try Self.effect(fields, at)
        guests = Glob(fields["guest"].text ?? "*")
        probability = fields["probability"].double ?? 1
        begin = at ?? .zero
        left = fields["count"].wholeNumber.map { Int(clamping: $0) } ?? .max
        guard left >= 1 else {
            throw ScriptError(.badArgument, "sim.fault: option count is \(left), expected 1 or more")
        }
        guard (0...1).contains(probability) else {
            throw ScriptError(.badArgument, "sim.fault: option probability is \(probability), expected 0 to 1")
        }
    }

    private static func effect(_ fields: LuaTable, _ at: Duration?) throws(ScriptError) -> Effect {
        let kind = fields["kind"].text ?? ""
        let behaviours = [
            "ignores_shutdown": Behaviour(ignoresShutdown: true),
            "boot_failure": Behaviour(bootFailure: "the guest does not boot"),
            "crashes": Behaviour(crashesAfterBoot: at ?? .seconds(1)),
        ]
        if let behaviour = behaviours[kind] {
            guard fields["on"].isNil, fields["count"].isNil, fields["probability"].isNil else {
                throw ScriptError(
                    .badArgument,
                    "sim.fault: \(kind) is about guests and not about calls",
                    hint: "leave on, count and probability out"
                )
            }
            return .behaviour(behaviour)
        }
        guard let call = fields["on"].text.flatMap(Call.init) else {
            let calls = Call.allCases.map(\.rawValue).joined(separator: ", ")
            let given = fields["on"].text.map { "'\($0)'" } ?? "nothing"
            throw ScriptError(.badArgument, "sim.fault: option on must be one of \(calls), not \(given)")
        }
        if kind == VMMError.Code.taskFailed.rawValue, PowerAction(rawValue: call.rawValue) != nil {
            return .taskFailure(call)
        }
        guard let code = VMMError.Code(rawValue: kind) else {
            let kinds = (VMMError.Code.allCases.map(\.rawValue) + behaviours.keys.sorted()).joined(separator: ", ")
            throw ScriptError(.badArgument, "sim.fault: option kind is '\(kind)', expected one of \(kinds)")
        }
        return .refusal(call, code)
    }

    /// Whether it is about such a call so long after the test's begin.
    func concerns(_ call: Call, _ guest: String?, _ elapsed: Duration) -> Bool {
        switch effect {
        case .refusal(call, _), .taskFailure(call): left > 0 && elapsed >= begin && guests.matches(guest ?? "")
        default: false
        }
    }

    /// Whether it happens this time.
    mutating func strikes(_ chance: inout SplitMix64) -> Bool {
        guard probability == 1 || Double(chance.next() >> 11) * 0x1p-53 < probability else { return false }
        left -= 1
        return true
    }

    /// Has the guests that it is about deviate, where that is what it does.
    func deform(_ cluster: SimulatedCluster) throws(VMMError) {
        guard case .behaviour(let behaviour) = effect else { return }
        try cluster.withCluster { (cluster) throws(VMMError) in
            for guest in cluster.guests where guests.matches(guest.guest.name) {
                try cluster.setBehaviour(guest.behaviour.adding(behaviour), of: guest.guest.id)
            }
        }
    }
}

extension Behaviour {
    fileprivate func adding(_ other: Behaviour) -> Behaviour {
        var sum = self
        sum.ignoresShutdown = ignoresShutdown || other.ignoresShutdown
        sum.bootFailure = other.bootFailure ?? bootFailure
        sum.crashesAfterBoot = other.crashesAfterBoot ?? crashesAfterBoot
        return sum
    }
}
