import Synchronization
import VirtualMachines

/// Asks nobody: every probe succeeds, or none does.
final class AssumedProber: Prober {
    private let isSuccess: Bool
    private let hosts = Mutex<[(target: String, count: Int)]>([])

    init(isSuccess: Bool) {
        self.isSuccess = isSuccess
    }

    /// What was to be probed, each once, in the order of the first time.
    var asked: [(target: String, count: Int)] { hosts.withLock(\.self) }

    func addresses(of host: String, timeout: Duration) async -> ProbeAnswer<[IPAddress]> {
        hosts.withLock { hosts in
            if let index = hosts.firstIndex(where: { $0.target == host }) {
                hosts[index].count += 1
            } else {
                hosts.append((host, 1))
            }
        }
        return .assumed(isSuccess)
    }

    func connect(to address: IPAddress, port: Int, timeout: Duration) async -> ProbeAnswer<Void> {
        .assumed(isSuccess)
    }

    func get(
        _ url: ProbeURL,
        at address: IPAddress,
        connecting: Duration,
        timeout: Duration
    ) async -> ProbeAnswer<HTTPAnswer> {
        .assumed(isSuccess)
    }
}
