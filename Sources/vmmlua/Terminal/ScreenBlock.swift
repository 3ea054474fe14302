/// Lines at the bottom of a terminal that are drawn over one another, below those that stay.
///
/// The cursor rests below them, at the beginning of its line.
struct ScreenBlock {
    private var lines: [String] = []

    /// What to write so that the terminal shows `text` for good, and `lines`, each on one row, in place of those before.
    mutating func draw(_ lines: [String], below text: [UInt8] = []) -> [UInt8] {
        guard !text.isEmpty || lines != self.lines else { return [] }
        let isFirst = self.lines.isEmpty
        // Typed characters may stand where the cursor is.
        let back = isFirst ? "" : "\r\u{1B}[\(self.lines.count)A"
        self.lines = lines
        // Nothing wraps, even if the terminal has another idea of a character's width.
        let drawn =
            lines.isEmpty ? "" : "\u{1B}[?7l" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[?7h"
        guard !text.isEmpty else { return Array((back + drawn + "\u{1B}[J").utf8) }
        let end = lines.isEmpty || text.last == UInt8(ascii: "\n") ? "" : "\n"
        return Array((back + (isFirst ? "" : "\u{1B}[J")).utf8) + text + Array((end + drawn).utf8)
    }
}
