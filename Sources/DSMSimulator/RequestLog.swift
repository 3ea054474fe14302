import Synchronization
import VirtualMachines

/// Collects what a simulated NAS was asked, so that a test can prove what was sent, and what wasn't.
public final class RequestLog: Sendable {
    /// One call, without secrets.
    public struct Entry: Sendable, Equatable {
        /// When it came, by the cluster's clock.
        public let time: Timestamp
        /// The API asked; empty if none was named.
        public let api: String
        /// The method asked; empty if none was named.
        public let method: String
        /// All parameters as they came, without passwords, session ids and tokens.
        public let parameters: [String: String]
    }

    private let entries = Mutex<[Entry]>([])

    /// An empty log.
    public init() {}

    /// Every call so far, in the order in which they came.
    public var all: [Entry] { entries.withLock { $0 } }

    /// The calls of one method so far.
    public func calls(of method: String) -> [Entry] {
        all.filter { $0.method == method }
    }

    func append(_ entry: Entry) {
        entries.withLock { $0.append(entry) }
    }
}
