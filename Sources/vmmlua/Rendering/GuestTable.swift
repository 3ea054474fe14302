import LuaRuntime
import VMMScripting

/// A list of guests in aligned columns: NAME, STATUS, CPU, MEMORY, and what else is known of any.
struct GuestTable {
    private struct Column: Sendable {
        let title: String
        let isNumeric: Bool
        let cell: @Sendable (LuaTable) -> String?
    }

    private static let columns = [
        Column(title: "NAME", isNumeric: false) { $0["guest_name"].text },
        Column(title: "STATUS", isNumeric: false) { $0["status"].text },
        Column(title: "CPU", isNumeric: true) { $0["vcpu_num"].wholeNumber.map(String.init) },
        Column(title: "MEMORY", isNumeric: true) { $0["vram_size"].wholeNumber.map { size(megabytes: Double($0)) } },
        Column(title: "STORAGE", isNumeric: true) {
            $0["storage_size"].wholeNumber.map { size(megabytes: Double($0) / 1_048_576) }
        },
        Column(title: "HOST", isNumeric: false) { $0["host_name"].text },
        Column(title: "TAGS", isNumeric: false) { guest in
            let tags = guest["tags"].table?.elements.compactMap(\.text) ?? []
            return tags.isEmpty ? nil : tags.joined(separator: " ")
        },
        Column(title: "ID", isNumeric: false) { $0["guest_id"].text },
    ]

    private let guests: [LuaTable]

    /// Nil for a table that isn't a list of guests.
    init?(_ table: LuaTable) {
        guard table.fields.isEmpty, !table.elements.isEmpty else { return nil }
        guests = table.elements.compactMap(\.table)
        let areGuests = guests.allSatisfy { guest in
            ["guest_id", "guest_name", "status"].allSatisfy { guest[$0].text != nil }
        }
        guard areGuests, guests.count == table.elements.count else { return nil }
    }

    /// A cell's text; a script can make a list of guests with names of any length.
    private static func cut(_ text: String) -> String {
        let start = text.prefix(120)
        return (start.endIndex == text.endIndex ? text : start + "…").escapingControls
    }

    /// The lines, without an end to the last.
    var text: String {
        let shown = Self.columns
            .map { column in
                (column, cells: guests.map { column.cell($0).map(Self.cut) })
            }
            .filter { column, cells in cells.contains { $0 != nil } }
        let rows = [shown.map(\.0.title)] + guests.indices.map { row in shown.map { $0.1[row] ?? "-" } }
        let numeric = Set(shown.indices.filter { shown[$0].0.isNumeric })
        return Columns.lines(rows, numeric: numeric).joined(separator: "\n")
    }

    /// A size in the largest unit that leaves at least one whole: `512 MB`, `4 GB`, `1.5 TB`.
    private static func size(megabytes: Double) -> String {
        var value = megabytes
        var unit = "MB"
        for larger in ["GB", "TB"] where value >= 1_024 {
            value /= 1_024
            unit = larger
        }
        let rounded = (value * 10).rounded() / 10
        return (Int(exactly: rounded).map(String.init) ?? "\(rounded)") + " " + unit
    }
}
