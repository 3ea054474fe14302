/// Why a text is not JSON.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was found wrong.
    public let reason: String
    /// Byte offset from the start, counted from 0.
    public let offset: Int

    /// The reason and the place.
    public var description: String { "\(reason) at byte \(offset)" }
}

extension JSONValue {
    /// Parses one JSON document (RFC 8259), strictly unless `isLenient`.
    ///
    /// Leniently, one value that is wrong doesn't spoil the others: a control character in a string stands for itself, bytes that
    /// are not UTF-8 and half a surrogate pair become U+FFFD, and a number too large to represent is `null`.
    ///
    /// `maximumDepth` bounds nesting. Throws ``JSONSyntaxError``.
    ///
    /// Foundation's decoder is several times slower at producing an untyped tree, and loses the difference between
    /// `1` and `1.0` that Lua keeps.
    public init(
        parsing bytes: [UInt8],
        maximumDepth: Int = 128,
        isLenient: Bool = false
    ) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth, isLenient: isLenient)
        self = try parser.document()
    }
}

private struct JSONParser {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private let isLenient: Bool
    private var position = 0

    init(bytes: [UInt8], maximumDepth: Int, isLenient: Bool) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        self.isLenient = isLenient
    }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        skipWhitespace()
        let value = try value(depth: 0)
        skipWhitespace()
        guard position == bytes.count else { throw error("unexpected text after the document") }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
        guard let first = peek() else { throw error("unexpected end") }
        switch first {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("unexpected character")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONObject {
        position += 1
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return JSONObject() }
        var members: [JSONObject.Member] = []
        members.reserveCapacity(12)  // a guest's, in any dialect
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw expected("a member name") }
            let key = try string()
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw expected("':'") }
            skipWhitespace()
            members.append((key, try value(depth: depth + 1)))
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return JSONObject(members) }
            guard take(UInt8(ascii: ",")) else { throw expected("',' or '}'") }
            skipWhitespace()
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
        position += 1
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return [] }
        var elements: [JSONValue] = []
        while true {
            elements.append(try value(depth: depth + 1))
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw expected("',' or ']'") }
            skipWhitespace()
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for byte in word.description.utf8 {
            guard take(byte) else { throw expected("'\(word)'") }
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        var magnitude: Int64 = 0
        var fits = true
        guard let first = digit() else { throw expected("a digit") }
        magnitude = -Int64(first)  // kept negative, as Int64.min has no positive twin
        if first == 0, digit() != nil {
            throw JSONSyntaxError(reason: "a number with a leading zero", offset: start)
        }
        while let next = digit() {
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, borrow) = tens.subtractingReportingOverflow(Int64(next))
            fits = fits && !overflow && !borrow
            magnitude = sum
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digit() != nil else { throw expected("a digit") }
            while digit() != nil {}
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digit() != nil else { throw expected("a digit") }
            while digit() != nil {}
        }
        if isWhole, fits, isNegative || magnitude != .min {
            return .integer(isNegative ? magnitude : -magnitude)
        }
        let text = String(decoding: (start..<position).map { bytes[$0] }, as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            if isLenient { return .null }
            throw JSONSyntaxError(reason: "a number too large to represent", offset: start)
        }
        return .number(number)
    }

    private mutating func digit() -> UInt8? {
        guard let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        position += 1
        return byte - UInt8(ascii: "0")
    }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try utf8(start..<position)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 || isLenient else { throw error("a control character in a string") }
            position += 1
        }
        throw error("unexpected end inside a string")
    }

    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var text = try utf8(start..<position)
        while position < bytes.count {
            let segment = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
                guard bytes[position] >= 0x20 || isLenient else { throw error("a control character in a string") }
                position += 1
            }
            text += try utf8(segment..<position)
            if take(UInt8(ascii: "\"")) { return text }
            guard take(UInt8(ascii: "\\")), let escape = peek() else { break }
            position += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
                text.unicodeScalars.append(Unicode.Scalar(escape))
            case UInt8(ascii: "b"): text += "\u{8}"
            case UInt8(ascii: "f"): text += "\u{c}"
            case UInt8(ascii: "n"): text += "\n"
            case UInt8(ascii: "r"): text += "\r"
            case UInt8(ascii: "t"): text += "\t"
            case UInt8(ascii: "u"): text.unicodeScalars.append(try unicodeEscape())
            default:
                throw JSONSyntaxError(reason: "an unknown escape", offset: position - 2)
            }
        }
        throw error("unexpected end inside a string")
    }

    /// Reads the digits behind `\u`, and a second escape where the first is half of a pair.
    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position - 2
        let unit = try hexUnit()
        var code = UInt32(unit)
        let end = position
        if (0xD800...0xDBFF).contains(unit) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { return try halfPair(from: start, to: end) }
            let low = try hexUnit()
            guard (0xDC00...0xDFFF).contains(low) else { return try halfPair(from: start, to: end) }
            code = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { return try halfPair(from: start, to: end) }
        return scalar
    }

    /// What an escape stands for that is half of a pair; the text goes on behind it.
    private mutating func halfPair(from start: Int, to end: Int) throws(JSONSyntaxError) -> Unicode.Scalar {
        guard isLenient else { throw JSONSyntaxError(reason: "half of a surrogate pair", offset: start) }
        position = end
        return "\u{FFFD}"
    }

    private mutating func hexUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = hexValue(byte) else {
                throw expected("four hexadecimal digits")
            }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    private func utf8(_ range: Range<Int>) throws(JSONSyntaxError) -> String {
        // `String(validating:as:)` gives the same, but looks generic metadata up each time: a third of all parsing.
        guard let text = try? UTF8Span(validating: bytes.span.extracting(range)) else {
            if isLenient { return String(decoding: bytes[range], as: UTF8.self) }
            throw JSONSyntaxError(reason: "a string that is not UTF-8", offset: range.lowerBound)
        }
        return String(copying: text)
    }

    // MARK: Bytes

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func error(_ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(reason: reason, offset: position)
    }

    private func expected(_ what: String) -> JSONSyntaxError {
        error(position == bytes.count ? "unexpected end, expected \(what)" : "expected \(what)")
    }
}

/// The value of an ASCII hexadecimal digit.
private func hexValue(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
