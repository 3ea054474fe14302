extension Duration {
    /// A duration that nobody waits out, and the longest that anything from outside can name: some thirty million years.
    ///
    /// A duration holds a hundred thousand times as much, so sums of a few of these don't overflow.
    package static let longest = Duration.seconds(1_000_000_000_000_000)

    /// So many seconds, ``longest`` at most either way; what is no number counts as 0.
    ///
    /// `Duration.seconds(_:)` ends the program for a number that is too large.
    package init(clampingSeconds seconds: Double) {
        self = seconds.isNaN ? .zero : .seconds(min(max(seconds, -1e15), 1e15))
    }

    /// Parses text of whole or decimal numbers with units, largest first or not: `"1h30m"`, `"1.5s"`.
    ///
    /// Nil for anything else, and for more than ``longest``.
    public init?(text: String) {
        var rest = Substring(text)
        var sum = 0.0
        var duration = Duration.zero
        guard !rest.isEmpty, text.utf8.count <= 100 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Double(digits), let seconds = Self.units[String(unit)] else { return nil }
            sum += number * seconds
            guard sum < 1e15 else { return nil }
            duration += .seconds(number * seconds)
            rest = rest.dropFirst(digits.count + unit.count)
        }
        self = duration
    }

    private static let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400]

    /// Seconds, with their fraction.
    package var inSeconds: Double { self / .seconds(1) }

    /// The duration in the same words that a script writes: `"90s"` is `1m30s`.
    public var brief: String {
        // A duration can be longer than 64 bits of milliseconds tell.
        let milliseconds = Int64(min(max((inSeconds * 1000).rounded(), -9e18), 9e18))
        guard milliseconds >= 1000 else { return "\(milliseconds)ms" }
        let seconds = Int64(min(inSeconds.rounded(), 9e15))
        let parts = [(seconds / 86400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
        return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    }
}
