import Synchronization
import VirtualMachines

/// Has the test answer a script's probes.
///
/// Each host gets an address of 198.18.0.0/15, which is set apart for benchmarks, so that permissions that name hosts hold.
final class TestProber: Prober {
    private let script: Int
    private let turns: TestTurns
    private let hosts = Mutex<[(name: String, address: IPAddress)]>([])

    init(script: Int, turns: TestTurns) {
        self.script = script
        self.turns = turns
    }

    func addresses(of host: String, timeout: Duration) async -> ProbeAnswer<[IPAddress]> {
        if let address = IPAddress(host) { return .answered([address]) }
        return hosts.withLock { hosts in
            if let known = hosts.first(where: { $0.name == host }) { return .answered([known.address]) }
            let number = hosts.count
            guard let address = IPAddress("198.18.\(number / 250).\(number % 250 + 1)") else {
                return .failed(.unknownHost)
            }
            hosts.append((host, address))
            return .answered([address])
        }
    }

    func connect(to address: IPAddress, port: Int, timeout: Duration) async -> ProbeAnswer<Void> {
        let host = hosts.withLock { hosts in hosts.first { $0.address == address }?.name }
        return await ask("tcp", "\(host ?? address.description):\(port)")
    }

    func get(
        _ url: ProbeURL,
        at address: IPAddress,
        connecting: Duration,
        timeout: Duration
    ) async -> ProbeAnswer<HTTPAnswer> {
        // A port that goes without saying isn't said.
        let usual = "//\(url.host):\(url.isEncrypted ? 443 : 80)/"
        return await ask("http", url.description.replacing(usual, with: "//\(url.host)/", maxReplacements: 1))
    }

    /// Whatever status or body is asked for, it is the test that says yes or no.
    private func ask<Value>(_ kind: String, _ target: String) async -> ProbeAnswer<Value> {
        let answer = await turns.ask(.probe(kind: kind, target: target), for: script)
        return answer.isYes
            ? .assumed(true) : .failed(.unintelligible(answer.reason ?? "the test says that nothing answers"))
    }
}
