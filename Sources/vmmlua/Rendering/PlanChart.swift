import Rehearsal
import VMMScripting
import VirtualMachines

/// A plan as a Gantt chart in SVG: a row for each guest that goes out of service.
struct PlanChart {
    let svg: String

    private static let rowHeight = 22
    private static let chartWidth = 640.0
    private static let margin = 16
    private static let top = 56

    /// `start` is told where it isn't now.
    init(_ plan: Plan, title: String, start: Timestamp?) {
        let labelWidth = 8 * (plan.timelines.map(\.guest.escapingControls.columns).max() ?? 0) + 12
        let left = Self.margin + labelWidth
        // The last label of the scale reaches as far to the right.
        let width = left + Int(Self.chartWidth) + 3 * Self.margin
        let height = Self.top + Self.rowHeight * plan.timelines.count + 48
        let heading = start.map { "\(title), from \($0.localDateAndTime)" } ?? title
        let total = max(plan.duration / .seconds(1), 0.001)
        func x(_ time: Duration) -> Double {
            (Double(left) + time / .seconds(1) / total * Self.chartWidth).rounded2
        }

        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="\(Self.margin)" y="24" font-size="16" fill="#1f2933">\(heading.escapedXML)</text>
            """
        ]
        var label = ""
        for tick in 0...4 {
            let time = plan.duration * Double(tick) / 4
            // What is over in a moment has fewer times to show.
            guard time.clockText != label else { continue }
            label = time.clockText
            parts.append(
                """
                <line x1="\(x(time))" y1="\(Self.top - 4)" x2="\(x(time))" y2="\(height - 40)" stroke="#e4e7eb"/>
                <text x="\(x(time))" y="\(Self.top - 10)" text-anchor="middle" fill="#616e7c">\(time.clockText)</text>
                """
            )
        }
        for (row, timeline) in plan.timelines.enumerated() {
            let y = Self.top + row * Self.rowHeight
            parts.append(
                """
                <text x="\(Self.margin)" y="\(y + 15)" fill="#1f2933">\(timeline.guest.escapedXML)</text>
                <rect x="\(left)" y="\(y + 3)" width="\(Int(Self.chartWidth))" height="15" fill="#e3f1e6"/>
                """
            )
            for segment in timeline.segments where segment.start <= plan.duration {
                // One that nobody waited for may go on beyond the end.
                let end = min(segment.end, plan.duration)
                let segmentWidth = max(1, (x(end) - x(segment.start)).rounded2)
                parts.append(
                    """
                    <rect x="\(x(segment.start))" y="\(y + 3)" width="\(segmentWidth)" height="15" \
                    fill="\(segment.phase.colour)"><title>\(timeline.guest.escapedXML): \(segment.phase.rawValue), \
                    \(segment.start.clockText) to \(segment.end.clockText)</title></rect>
                    """
                )
            }
        }
        for (index, phase) in [Plan.Phase.stopping, .down, .starting].enumerated() {
            let place = left + index * 110
            parts.append(
                """
                <rect x="\(place)" y="\(height - 28)" width="14" height="14" fill="\(phase.colour)"/>
                <text x="\(place + 20)" y="\(height - 16)" fill="#1f2933">\(phase.rawValue)</text>
                """
            )
        }
        parts.append("</svg>\n")
        svg = parts.joined(separator: "\n")
    }
}

extension Plan.Phase {
    fileprivate var colour: String {
        switch self {
        case .stopping: "#f0b429"
        case .down: "#c52707"
        case .starting: "#4098d7"
        }
    }
}

extension Double {
    fileprivate var rounded2: Double { (self * 100).rounded() / 100 }
}
