extension String {
    /// The text with its control characters written as Lua writes them, `\n` and `\x1b`: a guest's name or a message
    /// from elsewhere is not to move the cursor, to forge lines or to set the terminal's title.
    var escapingControls: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        return unicodeScalars.map { $0.isControl ? $0.escapedControl : String($0) }.joined()
    }
}

extension Unicode.Scalar {
    /// Whether a terminal takes it for a command, or shows what follows elsewhere: control characters, what ends lines, and
    /// what turns the direction of writing.
    var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: !Self.joiners.contains(self)
        default: false
        }
    }

    /// What letters and emoji are put together with.
    private static let joiners: Set<Unicode.Scalar> = ["\u{200C}", "\u{200D}"]

    fileprivate var escapedControl: String {
        switch self {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        default: isASCII ? "\\x" + (value < 16 ? "0" : "") + String(value, radix: 16) : inBraces
        }
    }

    /// In Lua `\x9b` would be a byte that isn't UTF-8.
    fileprivate var inBraces: String { "\\u{" + String(value, radix: 16) + "}" }
}

extension String {
    /// As XML's text and attributes take it; control characters, which XML has no words for, as Lua writes them.
    var escapedXML: String {
        escapingControls.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
