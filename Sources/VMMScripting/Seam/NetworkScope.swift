import VirtualMachines

/// Hosts and ports that a permission is about: `10.0.0.0/8:443`, `10.0.0.7`, `[fd00::]/8:22`, `*.lan:80`.
struct NetworkScope: Sendable, Hashable {
    private enum Hosts: Hashable {
        case network(IPAddress, bits: Int)
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
        if let address = IPAddress(name) {
            let width = address.bytes.count * 8
            let bits = parts.count > 1 ? Int(parts[1]) : width
            guard let bits, (0...width).contains(bits), address.zone == nil else { return nil }
            hosts = .network(address, bits: bits)
        } else {
            let isPattern = host.utf8.allSatisfy { HostName.canHold($0) || "*?".utf8.contains($0) }
            guard parts.count == 1, !host.isEmpty, isPattern else { return nil }
            hosts = .names(host.asName)
        }
    }

    /// Whether the host, by name or address, and the port are within.
    func contains(host: String, port: Int) -> Bool {
        guard self.port == nil || self.port == port else { return false }
        switch hosts {
        case .names(let pattern): return Glob(pattern).matches(host.asName)
        case .network(let network, let bits): return IPAddress(host)?.isAkin(to: network, bits: bits) ?? false
        }
    }

    /// Whether it can't be taken for a scope of anything else: it has addresses or a port.
    var isUnmistakable: Bool { if case .network = hosts { true } else { port != nil } }

    /// Whether it is about addresses, at that port: a name may turn out to have one of them.
    func isOfAddresses(at port: Int) -> Bool {
        guard case .network = hosts else { return false }
        return self.port == nil || self.port == port
    }

    /// One host and one port: `10.0.0.7:443`, `[fd00::1]:22`.
    static func endpoint(_ text: String) -> (host: String, port: Int)? {
        guard let (host, port) = split(text), let port, !host.contains("/") else { return nil }
        return (host.trimmingBrackets, port)
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
}

extension String {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }

    /// Large and small letters are the same in a host's name, and a dot at its end, where all names end, says nothing.
    fileprivate var asName: String { (hasSuffix(".") ? String(dropLast()) : self).lowercased() }

    fileprivate func count(of character: Character) -> Int { count { $0 == character } }
}
