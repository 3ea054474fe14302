/// An address of the Internet Protocol, version 4 or 6.
///
/// An IPv4 address that IPv6 only wraps (`::ffff:10.0.0.1`) is that IPv4 address.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four bytes, or sixteen.
    public let bytes: [UInt8]
    /// The interface that an address of the local link is reached by, as in `fe80::1%eth0`.
    public let zone: String?

    /// Reads the usual notation, without brackets; nil for anything else, a name above all.
    ///
    /// IPv4 is four whole numbers: what else some systems take for an address (`127.1`, `0x7f.1`) is a name here.
    public init?(_ text: String) {
        guard text.contains(":") else {
            guard let bytes = Self.ipv4(text[...]) else { return nil }
            self.bytes = bytes
            zone = nil
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = Self.ipv6(String(parts[0])) else { return nil }
        let wrapping = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        self.bytes = bytes.starts(with: wrapping) ? Array(bytes.dropFirst(12)) : bytes
        guard parts.count > 1 else {
            zone = nil
            return
        }
        guard HostName.canBe(String(parts[1])) else { return nil }
        zone = String(parts[1])
    }

    /// An address of four bytes, or sixteen; nil for any other number.
    package init?(bytes: [UInt8]) {
        guard [4, 16].contains(bytes.count) else { return nil }
        self.init(checked: bytes)
    }

    private init(checked bytes: [UInt8]) {
        self.bytes = bytes
        zone = nil
    }

    /// What one is connected to who asks for this address: some systems take `0.0.0.0` and `::` for the machine itself.
    public var destination: IPAddress {
        guard bytes.allSatisfy({ $0 == 0 }) else { return self }
        return IPAddress(checked: bytes.count == 4 ? [127, 0, 0, 1] : [UInt8](repeating: 0, count: 15) + [1])
    }

    /// Whether both begin with the same `bits` bits.
    public func isAkin(to other: IPAddress, bits: Int) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        return (0..<bits)
            .allSatisfy { bit in
                (bytes[bit / 8] ^ other.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
            }
    }

    /// The usual notation: `10.0.0.7`, `fd00::1`.
    public var description: String {
        if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let text = { (groups: ArraySlice<UInt16>) in groups.map { String($0, radix: 16) }.joined(separator: ":") }
        let suffix = zone.map { "%\($0)" } ?? ""
        // The longest run of zeros, the first of several, is left out: RFC 5952.
        var gap = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(gap.count, 1) { gap = start..<index }
            start = index + 1
        }
        guard !gap.isEmpty else { return text(groups[...]) + suffix }
        return "\(text(groups[..<gap.lowerBound]))::\(text(groups[gap.upperBound...]))" + suffix
    }

    // MARK: Reading

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
