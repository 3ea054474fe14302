import LuaRuntime
import Rehearsal
import VMMScripting
import VirtualMachines

/// A plan for a person: a table, bars, sums, and what was taken for granted.
struct PlanText {
    let lines: [String]

    /// `start` is told where it isn't now.
    init(_ plan: Plan, _ run: RehearsedRun, start: Timestamp?) {
        var lines: [String] = []
        if plan.changes.isEmpty {
            lines.append(run.error == nil ? "Nothing would be changed." : "Nothing would be changed until it ends so:")
        } else {
            lines += Self.table(plan)
            if !plan.timelines.isEmpty { lines += [""] + Self.bars(plan) }
            lines += [""] + Self.totals(plan, hasFailed: run.error != nil)
            if let start {
                lines.append("from \(start.localDateAndTime) to \((start + plan.duration).localDateAndTime)")
            }
        }
        // Whoever keeps the plan alone is to see that it isn't whole.
        if let error = run.error {
            let words = run.reachedHorizon ? "IT GOES ON" : "IT FAILS"
            lines.append("\(words) after \(plan.duration.brief): \(error.description.escapingControls)")
        }
        if !plan.refusals.isEmpty { lines += ["", "Would be refused:"] + plan.refusals.map { "  " + Self.line($0) } }
        if !plan.assumptions.isEmpty {
            lines += ["", "Taken for granted:"] + plan.assumptions.map { "  " + $0.words.escapingControls }
        }
        let logged = run.events.compactMap { event -> String? in
            guard case .logged(let entry) = event else { return nil }
            return "  " + entry.line(timeOfDay: (entry.time - run.start).clockText)
        }
        if !logged.isEmpty { lines += ["", "The script would log:"] + logged }
        let printed = Self.printed(run).split(separator: "\n")
            .map { "  " + String($0).replacing("\t", with: "    ").escapingControls }
        if !printed.isEmpty { lines += ["", "The script would print:"] + printed }
        self.lines = lines
    }

    /// What the script would print, on lines of its own making.
    private static func printed(_ run: RehearsedRun) -> String {
        var breaks = ForeignBreaks()
        return run.events.reduce(into: "") { text, event in
            breaks.note(event)
            guard case .printed(let bytes) = event else { return }
            text += LuaString(bytes: breaks.escaping(bytes)).description
        }
    }

    private static func line(_ refusal: Plan.Refusal) -> String {
        let call = [refusal.time.clockText, refusal.guest, refusal.action].compactMap(\.self).joined(separator: " ")
        let times = refusal.count == 1 ? "" : ", \(refusal.count) times"
        return "\(call): \(refusal.message)\(times)".escapingControls
    }

    private static func table(_ plan: Plan) -> [String] {
        let rows = plan.changes.map { change in
            [
                change.time.clockText, change.steps.joined(separator: " › "), change.guest, change.action,
                change.change,
            ]
            .map(\.escapingControls)
        }
        let header = ["WHEN", "STEP", "GUEST", "ACTION", "CHANGE"]
        // A column that would be empty all the way isn't shown.
        let columns = header.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        return Columns.lines(([header] + rows).map { row in columns.map { row[$0] } })
    }

    /// How wide the bars are, in characters.
    private static let barWidth = 60

    private static func bars(_ plan: Plan) -> [String] {
        let width = plan.timelines.map(\.guest.escapingControls.columns).max() ?? 0
        let margin = String(repeating: " ", count: width)
        let end = plan.duration.clockText
        let scale = "\("0".padded(toColumns: barWidth - end.columns))\(end)"
        let bars = plan.timelines.map { timeline in
            "\(timeline.guest.escapingControls.padded(toColumns: width))  \(bar(timeline, of: plan.duration))"
                + "  \(timeline.staysDown ? "stays down" : timeline.longestOutage?.brief ?? "")"
        }
        return ["\(margin)  \(scale)  OUTAGE"] + bars + ["\(margin)  ▒ stopping  █ down  ░ starting"]
    }

    private static func bar(_ timeline: Plan.Timeline, of duration: Duration) -> String {
        var cells = Array(repeating: Character("·"), count: barWidth)
        guard duration > .zero else { return String(cells) }
        for segment in timeline.segments {
            // A guest that nobody waited for may be at it long after a plan of no length.
            func cell(_ time: Duration, _ rule: FloatingPointRoundingRule) -> Int {
                Int(min(Double(barWidth), (time / duration * Double(barWidth)).rounded(rule)))
            }
            let first = min(barWidth - 1, cell(segment.start, .down))
            let last = max(first, cell(segment.end, .up) - 1)
            for cell in first...last { cells[cell] = segment.phase.bar }
        }
        return String(cells)
    }

    private static func totals(_ plan: Plan, hasFailed: Bool) -> [String] {
        var lines = [
            "\(plan.changes.count) \(plan.changes.count == 1 ? "change" : "changes") of \(plan.guestCount) \(plan.guestCount == 1 ? "guest" : "guests"), "
                + (hasFailed ? "until it fails" : "done after \(plan.duration.brief)")
        ]
        if plan.peakOutOfService > 0 { lines.append("at most \(plan.peakOutOfService) out of service at a time") }
        if let longest = plan.longestOutage {
            lines.append("longest outage \(longest.duration.brief) (\(longest.guest.escapingControls))")
        }
        let down = plan.timelines.filter(\.staysDown).map(\.guest.escapingControls)
        if !down.isEmpty { lines.append("down at the end: \(down.joined(separator: ", "))") }
        return lines
    }
}

extension Plan.Phase {
    fileprivate var bar: Character {
        switch self {
        case .stopping: "▒"
        case .down: "█"
        case .starting: "░"
        }
    }
}

extension Duration {
    /// Hours, minutes and seconds from the start: `1:02:03`, `2:03`.
    var clockText: String {
        let seconds = Int((self / .seconds(1)).rounded())
        let rest =
            "\(seconds / 60 % 60 < 10 && seconds >= 3600 ? "0" : "")\(seconds / 60 % 60):"
            + "\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
        return seconds >= 3600 ? "\(seconds / 3600):\(rest)" : rest
    }
}
