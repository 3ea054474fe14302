extension String {
    /// The text with its control characters written as Lua writes them, `\n` and `\x1b`: a guest's name or a message
    /// from elsewhere is not to move the cursor, to forge lines or to set the terminal's title.
    package var escapingControls: String { escapingControls(except: []) }

    /// The same for text whose own line breaks and tabs are wanted.
    package var escapingControlsInLines: String { escapingControls(except: ["\n", "\t"]) }

    private func escapingControls(except kept: Set<Unicode.Scalar>) -> String {
        func isEscaped(_ scalar: Unicode.Scalar) -> Bool { scalar.isControl && !kept.contains(scalar) }
        guard unicodeScalars.contains(where: isEscaped) else { return self }
        return unicodeScalars.map { isEscaped($0) ? $0.escapedControl : String($0) }.joined()
    }
}

extension Unicode.Scalar {
    /// Whether a terminal takes it for a command, or shows what follows elsewhere: control characters, what ends lines, and
    /// what turns the direction of writing.
    package var isControl: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: !Self.joiners.contains(self)
        default: false
        }
    }

    /// What letters and emoji are put together with.
    private static let joiners: Set<Unicode.Scalar> = ["\u{200C}", "\u{200D}"]

    package var escapedControl: String {
        switch self {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        default: isASCII ? "\\x" + (value < 16 ? "0" : "") + String(value, radix: 16) : inBraces
        }
    }

    /// In Lua `\x9b` would be a byte that isn't UTF-8.
    private var inBraces: String { "\\u{" + String(value, radix: 16) + "}" }
}

extension String {
    /// JSON text with its control characters beyond ASCII escaped as JSON does it, which changes no value: they stand in
    /// strings alone.
    package var escapingControlsForJSON: String {
        func isEscaped(_ scalar: Unicode.Scalar) -> Bool { !scalar.isASCII && scalar.isControl }
        guard unicodeScalars.contains(where: isEscaped) else { return self }
        return
            unicodeScalars.map { scalar in
                guard isEscaped(scalar) else { return String(scalar) }
                return scalar.utf16.map { "\\u" + String(0x1_0000 | UInt32($0), radix: 16).dropFirst() }.joined()
            }
            .joined()
    }
}
