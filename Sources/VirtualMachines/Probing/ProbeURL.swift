import Foundation

/// A URL that can be probed: http or https, without an account and a password.
public struct ProbeURL: Sendable, Hashable, CustomStringConvertible {
    /// Whether it is https.
    public let isEncrypted: Bool
    /// The name, in small letters, or the address, without brackets.
    public let host: String
    /// The port, also where it goes without saying.
    public let port: Int
    /// The URL as it is asked for, without a fragment.
    public let description: String

    /// No server takes a longer one for sure.
    private static let longest = 8000

    /// Nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longest, let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme), parts.user == nil,
            parts.password == nil, let written = parts.host
        else { return nil }
        let isBracketed = written.hasPrefix("[") && written.hasSuffix("]")
        let host = (isBracketed ? String(written.dropFirst().dropLast()) : written).lowercased()
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        // A zone means nothing to the server that it would be told.
        let isAddress = IPAddress(host).map { $0.zone == nil } ?? false
        guard isAddress || HostName.canBe(host), (1...65_535).contains(port) else { return nil }
        self.isEncrypted = scheme == "https"
        self.host = host
        self.port = port
        let place = host.contains(":") ? "[\(host)]" : host
        let path = parts.percentEncodedPath
        let query = parts.percentEncodedQuery.map { "?\($0)" } ?? ""
        self.description = "\(scheme)://\(place):\(port)\(path.isEmpty ? "/" : path)\(query)"
    }
}
