/// A small generator of numbers that look random and are the same every time (Steele, Lea, Flood: SplitMix, 2014).
public struct SplitMix64: Sendable {
    private var state: UInt64

    /// A generator that begins with `state`.
    public init(state: UInt64) {
        self.state = state
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A version 4 UUID in lower case, as a NAS gives to its guests.
    public mutating func nextUUID() -> String {
        let high = next() & ~0xF000 | 0x4000
        let low = next() & ~(0b11 << 62) | 0b10 << 62
        return [
            hex(high >> 32, digits: 8), hex(high >> 16, digits: 4), hex(high, digits: 4),
            hex(low >> 48, digits: 4), hex(low, digits: 12),
        ]
        .joined(separator: "-")
    }

    /// A network address with the maker's prefix of the NAS.
    mutating func nextMAC() -> String {
        let bits = next()
        let tail = [16, 8, 0].map { hex(bits >> $0, digits: 2).uppercased() }
        return (["00", "11", "32"] + tail).joined(separator: ":")
    }

    private func hex(_ bits: UInt64, digits: Int) -> String {
        let text = String(bits & (1 << (4 * UInt64(digits)) - 1), radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
