import VirtualMachines

/// Hosts and ports that a permission is about: `10.0.0.0/8:443`, `10.0.0.7`, `[fd00::]/8:22`, `*.lan:80`.
struct NetworkScope: Sendable, Hashable {
    private enum Hosts: Hashable {
        case network(address: [UInt8], bits: Int)
        case names(String)
    }

    private let hosts: Hosts
    private let port: Int?

    /// Nil for what is neither an address, a network nor a pattern of names.
    init?(_ text: String) {
        guard let (host, port) = Self.split(text) else { return nil }
        self.port = port
        let parts = host.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0].trimmingBrackets
        if let address = Self.address(name) {
            let bits = parts.count > 1 ? Int(parts[1]) : address.count * 8
            guard let bits, (0...address.count * 8).contains(bits) else { return nil }
            hosts = .network(address: address, bits: bits)
        } else {
            guard parts.count == 1, !host.isEmpty, host.utf8.allSatisfy(Self.canBeInNamePattern) else { return nil }
            hosts = .names(host.lowercased())
        }
    }

    /// Whether the host, by name or address, and the port are within.
    func contains(host: String, port: Int) -> Bool {
        guard self.port == nil || self.port == port else { return false }
        switch hosts {
        case .names(let pattern): return Glob(pattern).matches(host.lowercased())
        case .network(let network, let bits):
            guard let address = Self.address(host), address.count == network.count else { return false }
            return (0..<bits)
                .allSatisfy { bit in
                    (address[bit / 8] ^ network[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
                }
        }
    }

    /// One host and one port: `10.0.0.7:443`, `[fd00::1]:22`.
    static func endpoint(_ text: String) -> (host: String, port: Int)? {
        guard let (host, port) = split(text), let port, !host.contains("/") else { return nil }
        return (host.trimmingBrackets, port)
    }

    private static func canBeInNamePattern(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._*?".utf8.contains(byte)
        }
    }

    /// Splits `host:port`; the colons of an IPv6 address in brackets, or alone, are its own.
    private static func split(_ text: String) -> (host: String, port: Int?)? {
        let afterHost = text.lastIndex(of: "]") ?? text.startIndex
        guard let colon = text[afterHost...].lastIndex(of: ":"), text.contains("[") || text.count(of: ":") == 1 else {
            return text.isEmpty ? nil : (text, nil)
        }
        guard let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port) else { return nil }
        return (String(text[..<colon]), port)
    }

    /// The bytes of an IPv4 or IPv6 address in its usual notation; those of IPv4 where IPv6 only wraps it.
    private static func address(_ text: String) -> [UInt8]? {
        guard text.contains(":") else { return ipv4(text[...]) }
        guard let bytes = ipv6(text) else { return nil }
        let wrapping = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return bytes.starts(with: wrapping) ? Array(bytes.dropFirst(12)) : bytes
    }

    private static func ipv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in
            // A leading zero means octal to some systems, and nothing to others.
            part.allSatisfy { $0.isASCII && $0.isNumber } && (part == "0" || part.first != "0") ? UInt8(part) : nil
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            return groups(text[...]).flatMap { $0.count == 16 ? $0 : nil }
        }
        guard let head = groups(text[..<gap.lowerBound]), let tail = groups(text[gap.upperBound...]),
            head.count + tail.count < 16
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Groups of four hexadecimal digits; the last may be an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if part.contains("."), index == parts.count - 1, let last = ipv4(part) {
                bytes += last
            } else if (1...4).contains(part.count), let group = UInt16(part, radix: 16), part.first != "+" {
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            } else {
                return nil
            }
        }
        return bytes
    }
}

extension String {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }

    fileprivate func count(of character: Character) -> Int { count { $0 == character } }
}
