import Foundation
import VirtualMachines

extension Timestamp {
    /// Date and time as RFC 3339 has them, in UTC, to the millisecond.
    var rfc3339: String {
        Date(timeIntervalSince1970: seconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The time of day as a clock on the wall shows it: `02:00:13`.
    func timeOfDay(secondsFromUTC offset: Int) -> String {
        let second = (Int(seconds.rounded(.down)) + offset) % 86_400
        let positive = (second + 86_400) % 86_400
        return [positive / 3_600, positive / 60 % 60, positive % 60]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }
            .joined(separator: ":")
    }

    /// The time of day where this machine is.
    var localTimeOfDay: String {
        let date = Date(timeIntervalSince1970: seconds)
        return timeOfDay(secondsFromUTC: TimeZone.current.secondsFromGMT(for: date))
    }

    /// Date and time where this machine is: `2026-12-05 02:00:00`.
    var localDateAndTime: String {
        var format = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current)
        format = format.year().month().day().time(includingFractionalSeconds: false)
        return Date(timeIntervalSince1970: seconds).formatted(format)
    }
}

extension Duration {
    /// Seconds to the millisecond, as reports for programs tell them.
    var secondsToMilliseconds: Double { (self / .milliseconds(1)).rounded() / 1_000 }
}
