import Foundation

extension Date {
    /// Reads the `Date` header of an HTTP answer, as in `Sun, 06 Nov 1994 08:49:37 GMT`; nil for anything else.
    init?(httpHeader text: String) {
        let words = text.split { " :,".contains($0) }
        guard words.count == 8, words[7] == "GMT", let month = Self.months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let numbers = [words[3], words[1], words[4], words[5], words[6]].compactMap { Int($0) }
        // Numbers from elsewhere: what no date has would overflow where it is reckoned with.
        guard numbers.count == 5, zip(Self.ranges, numbers).allSatisfy({ $0.contains($1) }) else { return nil }
        var parts = DateComponents()
        parts.year = numbers[0]
        parts.month = month + 1
        parts.day = numbers[1]
        parts.hour = numbers[2]
        parts.minute = numbers[3]
        parts.second = numbers[4]
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        guard let date = calendar.date(from: parts) else { return nil }
        self = date
    }

    /// Of the year, the day, the hour, the minute and the second.
    private static let ranges = [1970...9999, 1...31, 0...23, 0...59, 0...60]

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
