import Foundation
import VirtualMachines

/// Where a NAS is: `http://nas:5000`, `https://nas.example.com:5001/`, below a path of a reverse proxy, or `local` for the
/// machine itself.
public struct NASAddress: Sendable, Hashable, CustomStringConvertible {
    /// The URL without a slash at its end.
    public let description: String
    /// Host and port, for messages.
    public let hostAndPort: String
    /// The name or the address of the host, an IPv6 address without brackets.
    let host: String
    /// The port.
    let port: Int
    /// Whether the connection is encrypted.
    public let isEncrypted: Bool

    /// Whether it is this machine.
    public let isLoopback: Bool

    /// Whether it is spoken to by its own command `synowebapi`, without a network and a password.
    public let isLocal: Bool

    /// The NAS that the program runs on.
    public static let local = NASAddress()

    private init() {
        description = "local"
        hostAndPort = "this NAS"
        host = "localhost"
        port = 0
        isEncrypted = false
        isLoopback = true
        isLocal = true
    }

    /// Reads a URL, or `local`.
    ///
    /// Throws `badArgument` with what is wrong with it.
    public init(_ text: String) throws(VMMError) {
        guard text != "local" else {
            self = .local
            return
        }
        guard !text.contains("@") else {
            // Such a URL holds a password more often than not, so it isn't repeated.
            throw Self.malformed("the URL of a NAS must not name an account or a password")
        }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
        else {
            throw Self.malformed("'\(text)' is not the URL of a NAS")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw Self.malformed("'\(text)' has more to it than the URL of a NAS")
        }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else { throw Self.malformed("'\(text)' names port \(port)") }
        self.isLocal = false
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        self.isEncrypted = scheme == "https"
        self.hostAndPort = "\(host):\(port)"
        self.isLoopback = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host.lowercased())
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        self.description = "\(scheme)://\(host):\(port)\(path)"
    }

    private static func malformed(_ message: String) -> VMMError {
        VMMError(
            .badArgument,
            message,
            hint: "write it as https://nas:5001 or http://nas:5000, or local on the NAS itself"
        )
    }
}
