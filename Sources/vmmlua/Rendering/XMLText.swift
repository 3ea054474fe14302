import VMMScripting

extension String {
    /// As XML's text and attributes take it; control characters, which XML has no words for, as Lua writes them.
    ///
    /// XML 1.0 has no words for two further characters of Unicode either, U+FFFE and U+FFFF.
    var escapedXML: String {
        escapingControls.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": text += scalar.escapedControl
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
