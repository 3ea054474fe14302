extension String {
    /// How many columns of a terminal the text takes, at most: where terminals differ, as with joined emoji, this is the
    /// wider reading, as a line that is too short does no harm.
    ///
    /// The one rule for all that is aligned: what this program shows, and what scripts print with `print.table`.
    package var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }

    /// The text, or its beginning and `…` where it would take more than `columns`.
    package func cut(toColumns columns: Int) -> String {
        guard self.columns > columns else { return self }
        guard columns > 0 else { return "" }
        var rest = columns - 1
        let beginning = prefix { character in
            rest -= String(character).columns
            return rest >= 0
        }
        return beginning + "…"
    }

    /// The text with spaces behind it up to `columns`.
    package func padded(toColumns columns: Int) -> String {
        self + String(repeating: " ", count: max(0, columns - self.columns))
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        if isASCII { return 1 }
        // The vowels and finals of Hangul in normal form D stand in the block of the consonant before them.
        if Self.joiningHangul.contains(where: { $0.contains(value) }) { return 0 }
        switch properties.generalCategory {
        // U+FE0F asks for the character before it as an emoji, which is wider.
        case .nonspacingMark, .enclosingMark, .format: return value == 0xFE0F ? 1 : 0
        default: return isWide ? 2 : 1
        }
    }

    private static let joiningHangul: [ClosedRange<UInt32>] = [0x1160...0x11FF, 0xD7B0...0xD7FF]

    /// Whether it is wide by Unicode's annex 11, with what isn't assigned yet in the blocks of wide characters.
    private var isWide: Bool {
        guard value >= 0x1100 else { return false }
        return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) }
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18AFF, 0x1AFF0...0x1B2FF,
        0x1F000...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
