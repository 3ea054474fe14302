import Synchronization
import VirtualMachines

/// Collects what a simulated NAS was asked, so that a test can prove what was sent, and what wasn't.
public final class RequestLog: Sendable {
    /// How a call ended for the client.
    public enum Outcome: Sendable, Equatable {
        /// It isn't over.
        case pending
        /// It was answered with success.
        case success
        /// It was refused with that code.
        case refused(code: Int)
        /// The connection was reset instead of an answer.
        case reset
        /// The answer broke off.
        case truncated
        /// The answer was HTTP 502.
        case badGateway
        /// The answer was a page.
        case html
    }

    /// One call, without secrets.
    public struct Entry: Sendable, Equatable {
        /// When it came, by the wall time of the cluster's clock.
        public let time: Timestamp
        /// The API asked; empty if none was named.
        public let api: String
        /// The API's version as it was asked; empty if none was named.
        public let version: String
        /// The method asked; empty if none was named.
        public let method: String
        /// All parameters as they came, without passwords, session ids and tokens.
        public let parameters: [String: String]
        /// How it ended for the client.
        public internal(set) var outcome: Outcome
        /// Whether it was a write that took effect, whatever the client was told.
        public internal(set) var tookEffect: Bool
    }

    private let entries = Mutex<[Entry]>([])
    private let keepsEntries: Bool
    private let onEnd: (@Sendable (Entry) -> Void)?

    /// An empty log; `onEnd` gets each call as it ends, and needn't be all that is kept of it.
    public init(keepsEntries: Bool = true, onEnd: (@Sendable (Entry) -> Void)? = nil) {
        self.keepsEntries = keepsEntries
        self.onEnd = onEnd
    }

    /// Every call so far, in the order in which they came.
    public var all: [Entry] { entries.withLock { $0 } }

    /// The calls of one method so far.
    public func calls(of method: String) -> [Entry] {
        all.filter { $0.method == method }
    }

    /// Takes a call in that isn't over.
    func begin(_ call: WebAPICall, at time: Timestamp) -> Pending {
        let entry = Entry(
            time: time,
            api: call.api ?? "",
            version: call.version ?? "",
            method: call.method ?? "",
            parameters: call.parameters.withoutSecrets,
            outcome: .pending,
            tookEffect: false
        )
        guard keepsEntries else { return Pending(entry: entry, place: nil) }
        return entries.withLock { entries in
            entries.append(entry)
            return Pending(entry: entry, place: entries.count - 1)
        }
    }

    func end(_ pending: Pending, _ outcome: Outcome, tookEffect: Bool) {
        var entry = pending.entry
        entry.outcome = outcome
        entry.tookEffect = tookEffect
        if let place = pending.place { entries.withLock { $0[place] = entry } }
        onEnd?(entry)
    }

    /// A call that isn't over, and where it is kept.
    struct Pending: Sendable {
        fileprivate let entry: Entry
        fileprivate let place: Int?
    }
}

extension RequestLog.Entry {
    /// The entry as an object for a line of a file; `time` in seconds since 1970.
    public var json: JSONObject {
        var json: JSONObject = [
            "time": .number(time.seconds),
            "api": .string(api),
            "version": .string(version),
            "method": .string(method),
            "parameters": .object(
                JSONObject(parameters.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            ),
            "outcome": .string(outcome.word),
        ]
        if case .refused(let code) = outcome { json["code"] = .integer(Int64(code)) }
        json["took_effect"] = .bool(tookEffect)
        return json
    }
}

extension RequestLog.Outcome {
    fileprivate var word: String {
        switch self {
        case .pending: "pending"
        case .success: "success"
        case .refused: "refused"
        case .reset: "reset"
        case .truncated: "truncated"
        case .badGateway: "bad_gateway"
        case .html: "html"
        }
    }
}
