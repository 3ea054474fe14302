import VirtualMachines

/// A question whether something answers.
public enum Probe: Sendable {
    /// Whether a host takes connections to a port.
    case tcp(host: String, port: Int)
    /// What a web server answers.
    case http(ProbeURL)

    /// The name or address in the script's words.
    public var host: String {
        switch self {
        case .tcp(let host, _): host
        case .http(let url): url.host
        }
    }

    /// The port.
    public var port: Int {
        switch self {
        case .tcp(_, let port): port
        case .http(let url): url.port
        }
    }
}

/// What came of a probe.
public enum ProbeOutcome: Sendable, Hashable {
    /// The host took the connection.
    case connected
    /// The web server answered, whatever it did.
    case answered(HTTPAnswer)
    /// Nothing answered, for a reason in one line.
    case failed(String)
    /// Nobody was asked: it is taken to have succeeded, or not.
    case assumed(Bool)
}
