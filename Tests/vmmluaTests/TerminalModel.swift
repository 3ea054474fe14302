@testable import vmmlua

/// What a terminal shows of the bytes that it gets, as far as this program makes use of one.
struct TerminalModel {
    let size: Screen.Size
    /// What nobody told it what to do with.
    private(set) var unknown: [String] = []
    /// What has gone over the upper edge, oldest first.
    private(set) var history: [String] = []
    private var rows: [[Character]]
    private var row = 0
    private var column = 0
    private var wraps = true

    init(columns: Int = 80, rows: Int = 24) {
        size = Screen.Size(columns: columns, rows: rows)
        self.rows = Array(repeating: [], count: rows)
    }

    /// All that was ever shown and not erased, without empty lines at the end.
    var lines: [String] { history + screen }

    /// The rows that can be seen, without empty ones at the end.
    var screen: [String] {
        let texts = rows.map { row in String(row.filter { $0 != "\0" }.reversed().drop { $0 == " " }.reversed()) }
        return Array(texts.reversed().drop(while: \.isEmpty).reversed())
    }

    mutating func show(_ bytes: some Sequence<UInt8>) {
        var rest = Array(String(decoding: Array(bytes), as: UTF8.self))[...]
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            // The system puts a carriage return before it.
            case "\n", "\r\n": newLine()
            case "\u{1B}" where rest.first == "[":
                rest.removeFirst()
                let parameters = String(rest.prefix { !$0.isLetter })
                rest = rest.dropFirst(parameters.count)
                if let command = rest.popFirst() { obey(command, parameters) }
            case "\u{1B}": unknown.append("ESC")
            default: put(character)
            }
        }
    }

    private mutating func obey(_ command: Character, _ parameters: String) {
        switch (command, parameters) {
        case ("A", _): row = max(0, row - (Int(parameters) ?? 1))
        case ("K", ""): rows[row] = Array(rows[row].prefix(column))
        case ("J", ""):
            rows[row] = Array(rows[row].prefix(column))
            for below in rows.indices.dropFirst(row + 1) { rows[below] = [] }
        case ("m", _): break
        case ("l", "?7"): wraps = false
        case ("h", "?7"): wraps = true
        default: unknown.append(parameters + String(command))
        }
    }

    private mutating func put(_ character: Character) {
        let width = String(character).columns
        if column + width > size.columns {
            guard wraps else { return }
            newLine()
        }
        while rows[row].count < column { rows[row].append(" ") }
        // The second half of a wide character has a place of its own.
        let cells = [character] + Array(repeating: "\0", count: max(0, width - 1))
        rows[row].replaceSubrange(column..<min(column + width, rows[row].count), with: [])
        rows[row].insert(contentsOf: cells, at: column)
        column += width
    }

    private mutating func newLine() {
        column = 0
        row += 1
        guard row == rows.count else { return }
        history.append(String(rows.removeFirst().filter { $0 != "\0" }))
        rows.append([])
        row -= 1
    }
}
