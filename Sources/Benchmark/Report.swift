import Foundation
import VirtualMachines

/// What was measured, as a table or as JSON.
struct Report {
    /// How many samples each median is of.
    let rounds: Int
    private var measurements: [Measurement] = []
    private var skipped: [(name: String, reason: String)] = []

    init(rounds: Int) {
        self.rounds = rounds
    }

    mutating func add(_ measurement: Measurement) {
        measurements.append(measurement)
    }

    mutating func skip(_ name: String, because reason: String) {
        skipped.append((name, reason))
    }

    // MARK: Table

    var table: String {
        let header = ["", "figure", "floor", "ratio", "target", "holds"]
        let rows = measurements.map { measurement in
            [
                measurement.name,
                text(measurement.ours, measurement.unit),
                measurement.floor.map { text($0, measurement.unit) } ?? "–",
                measurement.ratio.map { number($0) } ?? "–",
                measurement.targetText,
                measurement.holds.map { $0 ? "yes" : "NO" } ?? "–",
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        var lines = ([header] + rows)
            .map { row in
                zip(row, widths).enumerated()
                    .map { column, cell in
                        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                        return (1...3).contains(column) ? padding + cell.0 : cell.0 + padding
                    }
                    .joined(separator: "  ")
            }
        lines.append("")
        lines.append("Medians of at most \(rounds) rounds, each measurement and its floor in turn. The floors:")
        for measurement in measurements {
            guard let floor = measurement.floorName else { continue }
            lines.append("  \(measurement.name): \(floor)")
        }
        lines += skipped.map { "Not measured: \($0.name) (\($0.reason))" }
        return lines.joined(separator: "\n")
    }

    private func text(_ value: Double, _ unit: Measurement.Unit) -> String { "\(number(value)) \(unit.rawValue)" }

    private func number(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.1f", value) }

    // MARK: JSON

    var json: JSONValue {
        [
            "format": "vmmlua.benchmark/1",
            "rounds": .integer(Int64(rounds)),
            "measurements": .array(measurements.map(\.json)),
            "skipped": .array(skipped.map { ["name": .string($0.name), "reason": .string($0.reason)] }),
        ]
    }
}

extension Measurement {
    fileprivate var targetText: String {
        switch target {
        case .ratio(let most): "≤ \(most.formatted()) × floor"
        case .value(let most): "≤ \(Int(most)) \(unit.rawValue)"
        case nil: "–"
        }
    }

    fileprivate var json: JSONValue {
        let target: JSONValue =
            switch target {
            case .ratio(let most): ["at_most": .number(most), "of": "ratio"]
            case .value(let most): ["at_most": .number(most), "of": "ours"]
            case nil: .null
            }
        return [
            "name": .string(name),
            "unit": .string(unit.rawValue),
            "ours": .number(ours),
            "floor": floor.map(JSONValue.number) ?? .null,
            "floor_name": floorName.map(JSONValue.string) ?? .null,
            "ratio": ratio.map(JSONValue.number) ?? .null,
            "target": target,
            "holds": holds.map(JSONValue.bool) ?? .null,
        ]
    }
}
