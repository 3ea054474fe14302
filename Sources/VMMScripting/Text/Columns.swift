/// Rows of cells in aligned columns, without space at the ends of lines.
package enum Columns {
    /// The lines; the columns at the places in `numeric` are aligned to the right.
    package static func lines(_ rows: [[String]], numeric: Set<Int> = []) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].columns }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).enumerated()
                .map { column, cell in
                    let space = String(repeating: " ", count: cell.1 - cell.0.columns)
                    return numeric.contains(column) ? space + cell.0 : cell.0 + space
                }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
