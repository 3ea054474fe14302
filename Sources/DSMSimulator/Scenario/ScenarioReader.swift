import SimulatedVMM
import VirtualMachines
import Yams

/// Reads the top of a scenario file, and checks what refers to something else in it.
struct ScenarioReader {
    let file: String

    private static let keys = [
        "seed", "standard_guests", "dialects", "ignores_case", "otp_code", "timings", "hosts", "storages", "networks",
        "images", "guests", "behaviours", "events", "faults",
    ]

    func scenario(_ yaml: String) throws(VMMError) -> Scenario {
        let fields = try root(yaml)?.fields(Self.keys) ?? [:]
        let seed = UInt64(try fields["seed"]?.integer(0...Int.max) ?? 1)
        if let both = fields["standard_guests"], fields["guests"] != nil {
            throw both.refusal(expected: "nothing where there are guests")
        }
        let count = try fields["standard_guests"]?.integer(0...100_000) ?? Cluster.standardGuestCount
        var scenario = Scenario.standard(guestCount: count, seed: seed)
        if let words = try fields["dialects"]?.elements({ (node) throws(VMMError) in try node.word(Dialect.self) }) {
            scenario.dialects = Set(words)
        }
        scenario.ignoresCase = try fields["ignores_case"]?.flag() ?? false
        scenario.otpCode = try fields["otp_code"]?.text()
        scenario.timings = try fields["timings"]?.timings() ?? Timings()
        try readInventory(fields, seed: seed, into: &scenario)
        try readBehaviours(fields["behaviours"], into: &scenario)
        let guests = scenario.guests
        scenario.events =
            try fields["events"]?.elements { (node) throws(VMMError) in try node.event(of: guests) } ?? []
        let faults = try fields["faults"]?.elements { (node) throws(VMMError) in try node.fault() } ?? []
        scenario.faults = FaultPlan(faults, seed: seed)
        return scenario
    }

    /// Nil for an empty file.
    private func root(_ yaml: String) throws(VMMError) -> ScenarioNode? {
        do {
            return try Yams.compose(yaml: yaml).map { ScenarioNode(node: $0, file: file, path: "") }
        } catch {
            throw VMMError(.badArgument, "\(file) is not YAML: \(Self.line(for: error))")
        }
    }

    /// The reason in one line.
    private static func line(for error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "\(problem) in line \(mark.line), column \(mark.column)"
        case .duplicatedKeysInMapping(let keys, _): "the key '\(keys.first ?? "?")' stands there twice"
        default: String(describing: error).split(separator: "\n").first.map(String.init) ?? "no reason is given"
        }
    }

    // MARK: What there is

    /// Puts what the file names in the place of what the standard cluster has.
    private func readInventory(
        _ fields: [String: ScenarioNode],
        seed: UInt64,
        into scenario: inout Scenario
    ) throws(VMMError) {
        if let node = fields["hosts"] {
            let hosts = try node.elements { (node) throws(VMMError) in try node.host() }
            guard !hosts.isEmpty else { throw node.refusal(expected: "at least one host") }
            scenario.hosts = hosts
            scenario.storages.removeAll { !hosts.indices.contains($0.host) }
            for index in scenario.guests.indices {
                scenario.guests[index].host = min(scenario.guests[index].host, hosts.count - 1)
            }
        }
        let hosts = scenario.hosts
        if let networks = try fields["networks"]?.elements({ (node) throws(VMMError) in try node.network() }) {
            scenario.networks = networks
        }
        if let images = try fields["images"]?.elements({ (node) throws(VMMError) in try node.image() }) {
            scenario.images = images
        }
        if let storages = try fields["storages"]?.elements({ (node) throws(VMMError) in try node.storage(on: hosts) }) {
            scenario.storages = storages
        }
        if let node = fields["guests"] {
            var generator = SplitMix64(state: seed)
            scenario.guests = try node.elements { (node) throws(VMMError) in
                try node.guest(on: hosts, id: generator.nextUUID())
            }
            try checkIdentity(scenario.guests, node)
        }
    }

    private func checkIdentity(_ guests: [SimulatedGuest], _ node: ScenarioNode) throws(VMMError) {
        guard Set(guests.map(\.guest.id)).count == guests.count else {
            throw VMMError(.badArgument, "\(file): two guests have the same id, expected an id of its own for each")
        }
    }

    private func readBehaviours(_ node: ScenarioNode?, into scenario: inout Scenario) throws(VMMError) {
        let behaviours = try node?.elements { (node) throws(VMMError) in (node, try node.behaviour()) } ?? []
        for (node, (pattern, behaviour)) in behaviours {
            let glob = Glob(pattern)
            let positions = scenario.guests.indices.filter { glob.matches(scenario.guests[$0].guest.name) }
            guard !positions.isEmpty else { throw node.refusal(expected: "that some guest matches '\(pattern)'") }
            for position in positions { scenario.guests[position].behaviour = behaviour }
        }
    }
}
