/// Splits Lua 5.4 source into tokens, whatever bytes it is made of.
///
///     for token in Lexer("local x = 1") { print(token.kind, token.text) }
///
/// Tokens come in order and don't overlap; what lies between them is white space.
public struct Lexer: Sequence, IteratorProtocol, Sendable {
    private let source: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0

    /// A lexer at the start of `source`.
    public init(_ source: String) {
        self.init(Array(source.utf8))
    }

    /// A lexer at the start of `source`.
    public init(_ source: [UInt8]) {
        self.source = source
    }

    /// The next token; nil at the end.
    public mutating func next() -> Token? {
        skipWhiteSpace()
        guard let byte = current else { return nil }
        let start = position
        let (startLine, startColumn) = (line, position - lineStart + 1)
        let kind = scan(from: byte)
        return Token(
            kind: kind,
            text: String(decoding: source[start..<position], as: UTF8.self),
            range: start..<position,
            line: startLine,
            column: startColumn
        )
    }

    private mutating func scan(from byte: UInt8) -> Token.Kind {
        switch byte {
        case UInt8(ascii: "#") where position == 0:
            skipLine()
            return .comment
        case UInt8(ascii: "-") where byteAhead(1) == UInt8(ascii: "-"): return scanComment()
        case UInt8(ascii: "["):
            if let level = longBracketLevel { return scanLongBracket(level) ? .string : .invalid }
            position += 1
            return .symbol
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return scanString(delimiter: byte)
        case UInt8(ascii: ".") where byteAhead(1).isDigit: return scanNumber()
        case _ where byte.isDigit: return scanNumber()
        case _ where byte.isNameStart: return scanName()
        default: return scanSymbol()
        }
    }

    // MARK: Names, numbers, symbols

    private mutating func scanName() -> Token.Kind {
        let start = position
        while let byte = current, byte.isNameStart || byte.isDigit { position += 1 }
        return Token.keywords.contains(String(decoding: source[start..<position], as: UTF8.self)) ? .keyword : .name
    }

    /// Takes what Lua takes for a numeral, well formed or not: digits, letters, points, and signs behind an exponent.
    private mutating func scanNumber() -> Token.Kind {
        let isHexadecimal =
            current == UInt8(ascii: "0") && [UInt8(ascii: "x"), UInt8(ascii: "X")].contains(byteAhead(1))
        let exponents = isHexadecimal ? Array("pP".utf8) : Array("eE".utf8)
        while let byte = current {
            if exponents.contains(byte), [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(byteAhead(1)) {
                position += 2
            } else if byte.isDigit || byte.isNameStart || byte == UInt8(ascii: ".") {
                position += 1
            } else {
                break
            }
        }
        return .number
    }

    /// The longest first, so that `...` isn't taken for `..`.
    private static let symbols: [[UInt8]] = [
        "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>", "+", "-", "*", "/", "%", "^", "#", "&", "~", "|",
        "<", ">", "=", "(", ")", "{", "}", "]", ";", ":", ",", ".",
    ]
    .map { Array($0.utf8) }

    private mutating func scanSymbol() -> Token.Kind {
        if let symbol = Self.symbols.first(where: { source[position...].starts(with: $0) }) {
            position += symbol.count
            return .symbol
        }
        // A character of several bytes stays whole.
        position += 1
        while let byte = current, byte & 0xC0 == 0x80 { position += 1 }
        return .invalid
    }

    // MARK: Strings and comments

    private mutating func scanString(delimiter: UInt8) -> Token.Kind {
        position += 1
        while let byte = current {
            switch byte {
            case delimiter:
                position += 1
                return .string
            case UInt8(ascii: "\\"):
                position += 1
                scanEscape()
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return .invalid
            default: position += 1
            }
        }
        return .invalid
    }

    /// Takes the byte behind a backslash, whether Lua knows it or not; `\z` takes the white space behind it too.
    private mutating func scanEscape() {
        switch current {
        case nil: break
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): endLine()
        case UInt8(ascii: "z"):
            position += 1
            skipWhiteSpace()
        default: position += 1
        }
    }

    private mutating func scanComment() -> Token.Kind {
        position += 2
        if let level = longBracketLevel { return scanLongBracket(level) ? .comment : .invalid }
        skipLine()
        return .comment
    }

    /// How many `=` the long bracket that opens here has; nil if none opens.
    private var longBracketLevel: Int? {
        guard current == UInt8(ascii: "[") else { return nil }
        var level = 0
        while byteAhead(1 + level) == UInt8(ascii: "=") { level += 1 }
        return byteAhead(1 + level) == UInt8(ascii: "[") ? level : nil
    }

    /// Goes behind the bracket that closes the one that opens here; false if none does.
    private mutating func scanLongBracket(_ level: Int) -> Bool {
        let closing = Array("]".utf8) + Array(repeating: UInt8(ascii: "="), count: level) + Array("]".utf8)
        position += level + 2
        while let byte = current {
            if byte == UInt8(ascii: "]"), source[position...].starts(with: closing) {
                position += closing.count
                return true
            }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { endLine() } else { position += 1 }
        }
        return false
    }

    // MARK: Lines and bytes

    private var current: UInt8? { position < source.count ? source[position] : nil }

    private func byteAhead(_ distance: Int) -> UInt8 {
        position + distance < source.count ? source[position + distance] : 0
    }

    private mutating func skipLine() {
        while let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { position += 1 }
    }

    private mutating func skipWhiteSpace() {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): endLine()
            case UInt8(ascii: " "), UInt8(ascii: "\t"), 0x0B, 0x0C: position += 1
            default: return
            }
        }
    }

    /// Goes behind the end of a line: `\n`, `\r`, or both in either order, which Lua counts as one.
    private mutating func endLine() {
        let pair = [current, byteAhead(1)]
        position += pair == [0x0A, 0x0D] || pair == [0x0D, 0x0A] ? 2 : 1
        line += 1
        lineStart = position
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isNameStart: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
