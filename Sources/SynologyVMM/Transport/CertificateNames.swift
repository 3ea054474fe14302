import NIOSSL
import VirtualMachines

/// What a certificate is for: the names and addresses of its subject alternative names.
///
/// Its common name counts for nothing, as in RFC 9525.
struct CertificateNames: Sendable, Equatable {
    /// Names of hosts; the left-most label may be a wildcard.
    var hosts: [String] = []
    /// Addresses, of 4 or 16 bytes.
    var addresses: [[UInt8]] = []

    /// Whether it is for the host that was asked for: an address among the addresses alone, a name among the names alone.
    func contain(_ host: String) -> Bool {
        guard let address = IPAddress(host) else { return hosts.contains { Self.matches(pattern: $0, host) } }
        return addresses.contains { $0 == address.bytes }
    }

    /// A wildcard stands for one whole label, the left-most.
    private static func matches(pattern: String, _ host: String) -> Bool {
        guard let pattern = labels(pattern), let host = labels(host), pattern.count == host.count else { return false }
        let isWild = pattern.count > 1 && pattern[0] == "*" && !host[0].hasPrefix("xn--")
        return (isWild || pattern[0] == host[0]) && pattern.dropFirst() == host.dropFirst()
    }

    /// The labels of a name in lower case; nil for what can't be a name.
    private static func labels(_ name: String) -> [String]? {
        guard name.utf8.allSatisfy({ HostName.canHold($0) || $0 == UInt8(ascii: "*") }) else { return nil }
        let labels = (name.hasSuffix(".") ? name.dropLast() : name[...]).lowercased()
            .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return labels.contains("") ? nil : labels
    }
}

extension CertificateNames {
    init(_ certificate: NIOSSLCertificate) {
        for name in certificate._subjectAlternativeNames() {
            let bytes = Array(name.contents)
            switch name.nameType {
            case .dnsName: hosts.append(String(decoding: bytes, as: UTF8.self))
            case .ipAddress: addresses.append(bytes)
            default: continue
            }
        }
    }

    /// The first few of them, for a message; nil where there are none.
    var words: String? {
        let all = hosts + addresses.compactMap { IPAddress(bytes: $0)?.description }
        guard !all.isEmpty else { return nil }
        let shown = all.prefix(3).map(\.asPartOfMessage).joined(separator: ", ")
        return all.count > 3 ? "\(shown) and \(all.count - 3) more" : shown
    }
}
