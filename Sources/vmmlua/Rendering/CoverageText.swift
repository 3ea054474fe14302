import LuaRuntime
import VMMScripting

/// Tells which lines of scripts no test ran.
enum CoverageText {
    /// A table: how much of each file ran, and which lines didn't.
    static func lines(_ coverage: [LuaCoverage]) -> [String] {
        guard !coverage.isEmpty else { return ["no file of a script was run"] }
        let header = ["FILE", "LINES", "RUN", "NOT RUN"]
        let rows = coverage.map { file in
            [
                file.chunk.escapingControls, "\(file.lines.count)", percent(file),
                ranges(file.lines.subtracting(file.run)),
            ]
        }
        return Columns.lines([header] + rows, numeric: [1, 2])
    }

    private static func percent(_ file: LuaCoverage) -> String {
        guard !file.lines.isEmpty else { return "–" }
        // Rounded down: it is 100 % only where it is all.
        return "\(100 * file.run.count / file.lines.count) %"
    }

    /// Lines in order, those next to each other as one: `3, 7-9`.
    private static func ranges(_ lines: Set<Int>) -> String {
        var ranges: [ClosedRange<Int>] = []
        for line in lines.sorted() {
            if let last = ranges.last, last.upperBound + 1 == line {
                ranges[ranges.count - 1] = last.lowerBound...line
            } else {
                ranges.append(line...line)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ", ")
    }
}
