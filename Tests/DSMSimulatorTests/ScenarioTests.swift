import Foundation
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator

/// Scenario files: what they say, and how mistakes in them are told.
@Suite struct ScenarioTests {
    private let start = Timestamp(sinceEpoch: .seconds(1_000))

    private func scenario(_ yaml: String) throws -> Scenario {
        try Scenario(yaml: yaml, file: "s.yaml")
    }

    @Test("the example in the documentation is read as it says")
    func example() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Documentation/simulator.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let yaml = try #require(text.components(separatedBy: "```yaml\n").last?.components(separatedBy: "```").first)
        let scenario = try scenario(yaml)
        #expect(scenario.dialects == [.documented, .public])
        #expect(scenario.otpCode == "123456")

        var cluster = try scenario.cluster(now: start)
        #expect(cluster.hosts == [SimulatedHost(name: "nas-1", vcpuCapacity: 16, memoryCapacityMB: 8_192)])
        #expect(cluster.storages.first?.sizeBytes == 4_000 << 30)
        #expect(cluster.guests.map(\.guest.name) == ["web-1", "web-2", "db-1", "db-2"])
        #expect(cluster.guests[0].guest.id == "11111111-1111-4111-8111-111111111111")
        #expect(cluster.guests[0].guest.tags == ["web"])
        #expect(cluster.guests[0].behaviour == Behaviour(ignoresShutdown: true))
        #expect(cluster.guests[2].behaviour.bootDuration == .seconds(300))
        #expect(cluster.shortage(for: cluster.guests[3]) == .memory)
        cluster.advance(to: start + .seconds(60))
        #expect(cluster.guests[0].guest.status == .crashed)
        cluster.advance(to: start + .seconds(180))
        #expect(cluster.guests.map(\.guest.name) == ["web-1", "web-9", "db-1"])

        var faults = scenario.faults
        let shutdown = FaultPlan.Call(api: "SYNO.X", method: "shutdown", guest: ["web-1"])
        let endings = (0..<3).map { _ in faults.decide(shutdown, after: .zero).ending }
        #expect(endings == [nil, .resetAfter, nil])
        let late = faults.decide(FaultPlan.Call(api: "SYNO.X", method: "list"), after: .seconds(90))
        #expect(late == FaultPlan.Decision(restarts: true))
        let delayed = faults.decide(FaultPlan.Call(api: "SYNO.X", method: "list"), after: .seconds(30))
        #expect(delayed == FaultPlan.Decision(delay: .seconds(2)))
    }

    @Test("an empty file is the standard cluster, without trouble", arguments: ["", "# nothing\n", "{}"])
    func empty(yaml: String) throws {
        let cluster = try scenario(yaml).cluster(now: start)
        #expect(cluster.guests == Cluster.standard().guests)
        #expect(cluster.hosts == Cluster.standard().hosts)
        #expect(cluster.now == start)
    }

    @Test("the standard guests fit on the hosts that are named, and may misbehave")
    func standardGuests() throws {
        let cluster = try scenario(
            """
            standard_guests: 45
            hosts: [{name: small, memory_mb: 4096}, {name: large}]
            behaviours: [{guest: "web-?", ignores_shutdown: true}]
            """
        )
        .cluster(now: start)
        #expect(cluster.guests.count == 45)
        #expect(cluster.guests.last?.host == 1)
        #expect(cluster.storages.count == 2)
        #expect(cluster.guests.count { $0.behaviour.ignoresShutdown } == 4)
    }

    @Test("the same seed gives the same guests, another one other ids")
    func seed() throws {
        func ids(_ seed: Int) throws -> [GuestID] {
            try scenario("seed: \(seed)\nguests: [{name: a}, {name: b}]").cluster(now: start).guests.map(\.guest.id)
        }
        #expect(try ids(1) == ids(1))
        #expect(try Set(ids(1)).isDisjoint(with: ids(2)))
    }

    @Test(
        "a mistake is told in one line: where, which key, what came, and what was expected",
        arguments: [
            (
                "guests:\n  - name: a\n    memroy_mb: 5",
                "s.yaml:3: the key 'memroy_mb' of guests[0] is unknown, expected one of name, id, host, status, vcpus, "
                    + "memory_mb, storage_gb, autorun, description, network"
            ),
            (
                "guests:\n  - name: a\n    memory_mb: much",
                "s.yaml:3: guests[0].memory_mb is 'much', expected a whole number from 1 to 2147483647"
            ),
            ("guests: [{name: a, memory_mb: \"5\"}]", "s.yaml:1: guests[0].memory_mb is '5', expected a whole number"),
            ("guests: [{name: 2016}]", "s.yaml:1: guests[0].name is '2016', expected text, in quotes where"),
            ("guests: [{vcpus: 1}]", "s.yaml:1: guests[0] is a mapping, expected one with the key 'name'"),
            ("guests: [{name: a, autorun: 3}]", "s.yaml:1: guests[0].autorun is '3', expected a whole number from 0"),
            ("guests: [{name: a, host: x}]", "s.yaml:1: guests[0].host is 'x', expected the name of a host: nas-1"),
            ("guests: a", "s.yaml:1: guests is 'a', expected a list"),
            ("[1]", "s.yaml:1: the file is a list, expected a mapping"),
            ("ignores_case: yes please", "s.yaml:1: ignores_case is 'yes please', expected true or false"),
            ("dialects: [klingon]", "s.yaml:1: dialects[0] is 'klingon', expected one of documented, public, internal"),
            ("timings: {boot: 20}", "s.yaml:1: timings.boot is '20', expected a duration such as 250ms, 90s or 1h30m"),
            ("events: [{at: 1s, guest: nobody, event: crash}]", "s.yaml:1: events[0].guest is 'nobody', expected"),
            ("behaviours: [{guest: nobody}]", "s.yaml:1: behaviours[0] is a mapping, expected that some guest matches"),
            ("faults: [{effect: refuse}]", "s.yaml:1: faults[0] is a mapping, expected one with the key 'code'"),
            ("faults: [{effect: html, code: 118}]", "s.yaml:1: faults[0].code is '118', expected that only beside"),
            ("faults: [{effect: html, probability: 2}]", "s.yaml:1: faults[0].probability is '2', expected a number"),
            ("guests: [{name: a}]\nstandard_guests: 3", "s.yaml:2: standard_guests is '3', expected nothing where"),
            ("seed: 1\nseed: 2", "s.yaml is not YAML: the key 'seed' stands there twice"),
            ("guests: [", "s.yaml is not YAML: "),
            ("hosts: []", "s.yaml:1: hosts is a list, expected at least one host"),
            ("guests: [{name: a, id: x}, {name: b, id: x}]", "s.yaml: two guests have the same id"),
        ]
    )
    func mistakes(yaml: String, message: String) throws {
        let error = try #require(throws: VMMError.self) { try scenario(yaml) }
        #expect(error.code == .badArgument)
        #expect(error.message.hasPrefix(message), "\(error.message)")
        #expect(!error.message.contains("\n"))
    }
}
