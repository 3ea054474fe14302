import SimulatedVMM

/// Numbers that no sound NAS, file or person gives, the same for the same seed.
struct OddNumbers {
    private var generator: SplitMix64

    init(seed: Int) {
        generator = SplitMix64(state: UInt64(seed))
    }

    mutating func below(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Whole, and mostly as 64 bits hold it: what gets furthest.
    mutating func integer() -> String {
        switch below(8) {
        case 0...2: String(1 + below(16))
        case 3: String(Int64(bitPattern: generator.next() >> UInt64(below(64))))
        default: pick(Self.integers)
        }
    }

    /// In JSON; one in eight is not whole, or no number at all.
    mutating func json() -> String { below(8) > 0 ? integer() : pick(Self.others) }

    /// In Lua; one in four is not whole, or a text for a duration or a share.
    mutating func lua() -> String { below(4) > 0 ? integer() : pick(Self.luaOthers) }

    /// As one writes it in a scenario or behind a flag.
    mutating func text() -> String {
        switch below(4) {
        case 0: integer()
        case 1: pick(["1e300", "-1e300", "nan", "inf", "1e18", "0x7fffffffffffffff", "1e-300", "none", "0.1", ".5"])
        default: duration()
        }
    }

    mutating func duration() -> String {
        let number = below(2) == 0 ? String(1 + below(90)) : pick(Self.integers + ["0.000001", "1.5.5", "1e9"])
        return number + pick(["ms", "s", "m", "h", "d", "", "y"])
    }

    private static let integers = [
        "0", "-1", "1", "2147483647", "2147483648", "-2147483649", "4294967296", "9007199254740993",
        "4611686018427387904", "9223372036854775806", "9223372036854775807", "-9223372036854775807",
        "-9223372036854775808", "1000000000000000", "1000000000000000000",
    ]

    private static let others = [
        "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e19", "1e308", "-1e308", "1e-308",
        "0.5",
        "4096.0", "-0", "-0.0", "9.3e18", "null", "true", "\"4096\"", "\"\"", "[]", "{}", "1e999",
    ]

    private static let luaOthers = [
        "math.huge", "-math.huge", "0/0", "1e18", "1e300", "1e-300", "0.5", "2^53", "2^63", "-2^63", "math.maxinteger",
        "math.mininteger", "'1h30m'", "'99999999999999d'", "'0.000001ms'", "'100%'", "'0.0001%'", "'1e3s'", "''", "nil",
        "{}",
    ]
}
