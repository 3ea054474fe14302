import VMMScripting
import VirtualMachines

/// A run's status as lines for the bottom of a terminal: open steps, a row for each guest, and the totals.
struct StatusBlock {
    /// A line, without its colour.
    struct Line: Equatable {
        let text: String
        var isAlarming = false
    }

    let status: RunStatus
    /// The present, by the run's clock.
    let time: Timestamp
    /// Counts up while a run goes on; what can't be measured moves by it.
    let frame: Int

    /// The lines, fewer than the terminal has rows and narrower than it is.
    ///
    /// The cursor stands below them, and some terminals wrap a line that fills its row. Guests take half of the height at
    /// most.
    func lines(in size: Screen.Size) -> [Line] {
        guard size.rows > 1 else { return [] }
        var room = size.rows - 2
        func take(_ count: Int, of total: Int) -> (shown: Int, hidden: Int, rows: Int) {
            let rows = min(count, room, total)
            room -= rows
            return rows < total ? (max(0, rows - 1), total - max(0, rows - 1), rows) : (total, 0, rows)
        }
        let ofGuests = take(size.rows / 2, of: status.guests.count)
        let ofSteps = take(size.rows / 4, of: status.steps.count)
        var texts = stepTexts(ofSteps.shown) + Self.more(ofSteps.hidden, ofSteps.rows)
        texts += guestTexts(ofGuests.shown, in: size) + Self.more(ofGuests.hidden, ofGuests.rows)
        if room > 0, status.guests.isEmpty, let other = otherText {
            room -= 1
            texts.append(other)
        }
        // Sets the block off from the lines above that stay.
        if room > 0 { texts.insert("", at: 0) }
        let lines = texts.map { Line(text: $0) } + [Line(text: totals, isAlarming: status.failureCount > 0)]
        return lines.map { Line(text: $0.text.cut(toColumns: size.columns - 1), isAlarming: $0.isAlarming) }
    }

    private static func more(_ count: Int, _ rows: Int) -> [String] {
        count > 0 && rows > 0 ? ["… and \(count) more"] : []
    }

    // MARK: Steps

    /// The first steps, those within another below it.
    private func stepTexts(_ count: Int) -> [String] {
        let byID = Dictionary(status.steps.map { ($0.id, $0) }) { first, _ in first }
        let paths = status.steps.map { step in
            let outwards = sequence(first: step) { $0.parent.flatMap { byID[$0] } }
            return Array(outwards.map(\.id).reversed())
        }
        return zip(paths, status.steps).sorted { $0.0.lexicographicallyPrecedes($1.0) }.prefix(count)
            .map { path, step in
                let indent = String(repeating: "  ", count: path.count - 1)
                return "\(indent)\(step.name.escapingControls) …  \(elapsed(since: step.start))"
            }
    }

    // MARK: Guests

    /// Those whose work was begun first: what takes long is worth more than what is new.
    private func guestTexts(_ count: Int, in size: Screen.Size) -> [String] {
        let barWidth = size.columns < 40 ? 0 : size.columns < 60 ? 10 : 20
        let rows = status.guests.sorted { $0.value.number < $1.value.number }.prefix(count)
            .compactMap { name, work -> [String]? in
                guard let activity = work.activity else { return nil }
                let name = name.escapingControls.cut(toColumns: max(8, size.columns / 4))
                let percent = activity.percent.map { " \($0) %" } ?? ""
                let bar = barWidth > 0 ? [bar(activity.percent, barWidth)] : []
                return [name] + bar + [activity.words + percent, elapsed(since: activity.since)]
            }
        return Columns.lines(rows, numeric: [barWidth > 0 ? 3 : 2])
    }

    /// Filled as far as the NAS says; where it doesn't tell, a mark that moves says no more than that something is under way.
    private func bar(_ percent: Int?, _ width: Int) -> String {
        guard let percent else {
            let mark = width / 5
            let place = frame % (width + mark)
            return String((0..<width).map { (place - mark..<place).contains($0) ? "▒" : "·" } as [Character])
        }
        let filled = max(0, min(percent, 100)) * width / 100
        return String(repeating: "▒", count: filled) + String(repeating: "░", count: width - filled)
    }

    // MARK: All of it

    /// What the run waits for while no guest is worked on.
    private var otherText: String? {
        guard let oldest = status.others.values.min(by: { ($0.start, $0.id) < ($1.start, $1.id) }),
            time - oldest.start >= .seconds(1)
        else { return nil }
        return "\(oldest.name.escapingControls) …  \(elapsed(since: oldest.start))"
    }

    private var totals: String {
        let changed = status.changedCount
        let counts = ["\(changed) \(changed == 1 ? "guest" : "guests") changed", "\(status.guests.count) under way"]
        // A narrow terminal is to cut off anything but failures.
        let told =
            switch status.failureCount {
            case 0: counts + ["no failures"]
            case 1: ["1 failure"] + counts
            case let count: ["\(count) failures"] + counts
            }
        return "\(elapsed(since: status.start))  \(told.joined(separator: ", "))"
    }

    private func elapsed(since start: Timestamp) -> String {
        Duration.seconds(Int(max(0, (time - start) / .seconds(1)))).clockText
    }
}
