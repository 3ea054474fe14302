import VirtualMachines

/// Up to three names that differ little from `text`, nearest first.
///
/// For a pattern they are patterns: `text` as it would have to be written to fit a name, such as `web-*` for `Web-*`.
package func nearNames(to text: String, among names: [String]) -> [String] {
    // Nobody misspells what is longer, and comparing takes time in proportion to both lengths.
    guard text.utf8.count <= 200 else { return [] }
    let isPattern = Glob.isPattern(text)
    let literalCount = text.count { !$0.isWildcard }
    // Any name is near to a pattern that may lose all that it spells out.
    let limit = isPattern ? min(max(1, literalCount / 3), literalCount - 1) : max(1, text.count / 3)
    var distances: [String: Int] = [:]
    guard limit >= 0 else { return [] }
    for name in Set(names) where name.utf8.count <= 400 {
        // As many changes as that are needed at least.
        let surplus = literalCount - name.count
        guard surplus <= limit, isPattern || -surplus <= limit else { continue }
        let alignment = Alignment(of: text, with: name)
        guard alignment.distance <= limit else { continue }
        let spelling = isPattern ? alignment.spelling : name
        distances[spelling] = min(distances[spelling] ?? .max, alignment.distance)
    }
    return distances.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(3).map(\.key)
}

/// How a text becomes a name by few insertions, deletions, replacements and swaps of neighbours; capitals count as small letters.
///
/// A `*` of the text stands for any characters of the name, a `?` for one.
private struct Alignment {
    private let text: [Character]
    private let name: [Character]
    private let plainText: [String]
    private let plainName: [String]
    /// By so many characters of the text, and so many of the name, the changes that turn these into those.
    private var rows: [[Int]]

    init(of text: String, with name: String) {
        self.text = Array(text)
        self.name = Array(name)
        plainText = text.map { $0.lowercased() }
        plainName = name.map { $0.lowercased() }
        rows = [Array(0...name.count)]
        for row in 1..<(self.text.count + 1) {
            let isStar = self.text[row - 1] == "*"
            var changes = [rows[row - 1][0] + (isStar ? 0 : 1)]
            for column in 1..<(self.name.count + 1) {
                changes.append(
                    isStar
                        ? min(rows[row - 1][column], changes[column - 1])
                        : min(
                            rows[row - 1][column - 1] + cost(row, column),
                            rows[row - 1][column] + 1,
                            changes[column - 1] + 1,
                            isSwap(row, column) ? rows[row - 2][column - 2] + 1 : .max
                        )
                )
            }
            rows.append(changes)
        }
    }

    var distance: Int { rows[text.count][name.count] }

    /// The text with the name's characters where it spells any out.
    var spelling: String {
        var (row, column) = (text.count, name.count)
        var reversed: [Character] = []
        while row > 0 || column > 0 {
            let changes = rows[row][column]
            if row > 0, text[row - 1] == "*" {
                if rows[row - 1][column] == changes {
                    reversed.append("*")
                    row -= 1
                } else {
                    column -= 1
                }
            } else if row > 0, column > 0, rows[row - 1][column - 1] + cost(row, column) == changes {
                reversed.append(text[row - 1] == "?" ? "?" : name[column - 1])
                (row, column) = (row - 1, column - 1)
            } else if isSwap(row, column), rows[row - 2][column - 2] + 1 == changes {
                reversed += [name[column - 1], name[column - 2]]
                (row, column) = (row - 2, column - 2)
            } else if row > 0, rows[row - 1][column] + 1 == changes {
                row -= 1
            } else {
                reversed.append(name[column - 1])
                column -= 1
            }
        }
        return String(reversed.reversed())
    }

    private func cost(_ row: Int, _ column: Int) -> Int {
        text[row - 1] == "?" || plainText[row - 1] == plainName[column - 1] ? 0 : 1
    }

    private func isSwap(_ row: Int, _ column: Int) -> Bool {
        row > 1 && column > 1 && plainText[row - 1] == plainName[column - 2]
            && plainText[row - 2] == plainName[column - 1]
    }
}

extension Character {
    fileprivate var isWildcard: Bool { self == "*" || self == "?" }
}
