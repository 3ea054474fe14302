import LuaRuntime

/// A part of a number of guests: so many of them, or so many percent.
public enum Share: Sendable, Hashable {
    /// A number of guests, from 1 up.
    case count(Int)
    /// A percentage, above 0 up to 100.
    case percent(Double)

    init?(_ value: LuaValue) {
        if let count = value.wholeNumber {
            guard count >= 1 else { return nil }
            self = .count(Int(count))
        } else if let text = value.text, text.hasSuffix("%"),
            text.dropLast().allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let percent = Double(text.dropLast())
        {
            guard percent > 0, percent <= 100 else { return nil }
            self = .percent(percent)
        } else {
            return nil
        }
    }

    /// How many of so many guests that is: a percentage is rounded down, and at least 1.
    func count(of total: Int) -> Int {
        switch self {
        case .count(let count): count
        case .percent(let percent): max(1, Int(exactly: (Double(total) * percent / 100).rounded(.down)) ?? total)
        }
    }
}
