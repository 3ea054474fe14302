import LuaRuntime

extension Duration {
    /// Seconds from 0 up, or text of numbers with units: `"250ms"`, `"90s"`, `"5m"`, `"1h30m"`, `"2d"`.
    ///
    /// `math.huge` is a duration as well: the longest there is.
    package init?(luaValue value: LuaValue) {
        if let seconds = value.double {
            guard seconds >= 0 else { return nil }
            self = seconds < 1e15 ? .seconds(seconds) : .longest
        } else if let text = value.text {
            self.init(text: text)
        } else {
            return nil
        }
    }

    /// Parses text of whole or decimal numbers with units, largest first or not: `"1h30m"`, `"1.5s"`.
    public init?(text: String) {
        var rest = Substring(text)
        var sum = Duration.zero
        guard !rest.isEmpty, text.utf8.count <= 100 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Double(digits), let seconds = Self.units[String(unit)], number * seconds < 1e15 else {
                return nil
            }
            sum += .seconds(number * seconds)
            if sum >= .longest { sum = .longest }
            rest = rest.dropFirst(digits.count + unit.count)
        }
        self = sum
    }

    /// A duration that nobody waits out: some thirty million years.
    static let longest = Duration.seconds(1_000_000_000_000_000)

    private static let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400]

    /// Seconds, with their fraction.
    package var inSeconds: Double { self / .seconds(1) }

    /// The duration in the same words that a script writes: `"90s"` is `1m30s`.
    public var brief: String {
        let milliseconds = Int64((inSeconds * 1000).rounded())
        guard milliseconds >= 1000 else { return "\(milliseconds)ms" }
        let seconds = Int64(inSeconds.rounded())
        let parts = [(seconds / 86400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
        return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    }
}
