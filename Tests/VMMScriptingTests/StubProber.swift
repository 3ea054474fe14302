import Synchronization
import VirtualMachines

@testable import VMMScripting

/// A network of names and addresses that are made up, and of what happens at each address.
final class StubProber: Prober {
    typealias Lookup = @Sendable (String) -> ProbeAnswer<[String]>
    typealias Asking = @Sendable (_ address: String) async throws(CancellationError) -> ProbeAnswer<HTTPAnswer>

    private let lookup: Lookup
    private let asking: Asking
    private let log = Mutex<[String]>([])

    init(lookup: @escaping Lookup, answer: @escaping Asking) {
        self.lookup = lookup
        self.asking = answer
    }

    /// The hosts, with their addresses; where one of them is asked, `answer` comes.
    convenience init(
        _ hosts: [String: [String]] = ["web-1": ["10.0.0.1"]],
        answer: @escaping Asking = { _ throws(CancellationError) in .answered(HTTPAnswer(status: 200, body: [])) }
    ) {
        self.init(
            lookup: { host in
                if IPAddress(host) != nil { return .answered([host]) }
                return hosts[host].map { .answered($0) } ?? .failed(.unknownHost)
            },
            answer: answer
        )
    }

    /// Names looked up, and addresses connected to with their ports.
    var asked: [String] { log.withLock(\.self) }

    func addresses(of host: String, timeout: Duration) async throws(CancellationError) -> ProbeAnswer<[IPAddress]> {
        log.withLock { $0.append(host) }
        return lookup(host).map { $0.compactMap(IPAddress.init) }
    }

    func connect(
        to address: IPAddress,
        port: Int,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<Void> {
        log.withLock { $0.append("\(address):\(port)") }
        return try await asking(address.description).map { _ in }
    }

    func get(
        _ url: ProbeURL,
        at address: IPAddress,
        connecting: Duration,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<HTTPAnswer> {
        log.withLock { $0.append("\(address) \(url)") }
        return try await asking(address.description)
    }
}

extension TestHost {
    init(_ prober: StubProber, allow: [String] = ["net"], deny: [String] = []) throws {
        try self.init(allow: allow, deny: deny)
        configuration.prober = prober
    }
}
