/// Asks whether something answers: one try each, without waiting for it to come up.
///
///     guard case .answered(let addresses) = try await prober.addresses(of: "web-1", timeout: .seconds(5)) else { … }
///     let answer = try await prober.connect(to: addresses[0], port: 5432, timeout: .seconds(5))
///
/// The name is resolved in a step of its own, so that who asks can judge the addresses, and what is connected to is what
/// was judged. That nothing answers is an answer and never thrown; `CancellationError` is, at once, when the task is
/// cancelled.
public protocol Prober: Sendable {
    /// The addresses of a host, in the order in which they are to be tried, at least one.
    ///
    /// The name is looked up once; an address is itself.
    func addresses(
        of host: String,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<[IPAddress]>

    /// Opens a TCP connection and closes it.
    func connect(
        to address: IPAddress,
        port: Int,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<Void>

    /// Asks for a URL by GET at an address, which takes the place of what the URL's host would resolve to.
    ///
    /// The host that is told to the server, and the name that TLS asks for, stay the URL's. A redirect is an answer like
    /// others, and isn't followed. `connecting` is how long the connection alone may take, `timeout` how long all of it.
    func get(
        _ url: ProbeURL,
        at address: IPAddress,
        connecting: Duration,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<HTTPAnswer>
}

/// How a question of a ``Prober`` ended.
public enum ProbeAnswer<Value: Sendable>: Sendable {
    /// There is an answer.
    case answered(Value)
    /// There is none.
    case failed(ProbeFailure)
    /// Nobody was asked: the whole probe is taken to succeed, or to fail.
    case assumed(Bool)

    /// The same with another value.
    public func map<Other>(_ transform: (Value) -> Other) -> ProbeAnswer<Other> {
        switch self {
        case .answered(let value): .answered(transform(value))
        case .failed(let failure): .failed(failure)
        case .assumed(let isSuccess): .assumed(isSuccess)
        }
    }
}

/// Why there is no answer.
public enum ProbeFailure: Error, Sendable, Hashable {
    /// Nobody knows the host's name.
    case unknownHost
    /// The host refuses connections to the port.
    case refused
    /// There is no way to the host, for the reason given.
    case unreachable(String)
    /// No connection came about in time.
    case noConnection
    /// There was no answer in time.
    case noAnswer
    /// There was a connection, but no sense in what came; why, in a few words.
    case unintelligible(String)

    /// Whether another address of the host may do better: nothing was said on a connection yet.
    public var isBeforeConnection: Bool {
        switch self {
        case .refused, .unreachable, .noConnection: true
        case .unknownHost, .noAnswer, .unintelligible: false
        }
    }
}

/// What a web server answered.
public struct HTTPAnswer: Sendable, Hashable {
    /// A body of more bytes is cut there.
    public static let longestBody = 64 << 10

    /// The status, such as 200.
    public let status: Int
    /// The body's first ``longestBody`` bytes.
    public let body: [UInt8]

    /// Describes an answer.
    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
