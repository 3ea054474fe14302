import Testing
import VirtualMachines

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    @Test func `leniently, a value that is wrong spoils no other`() throws {
        let cases: [(String, JSONValue)] = [
            ("[\"a\tb\\n\u{1}\", 1]", ["a\tb\n\u{1}", 1]),
            (#"["\ud83d", "\ud83dx", "\ud83d\u0041"]"#, ["\u{FFFD}", "\u{FFFD}x", "\u{FFFD}A"]),
            ("[1e999, 2]", [.null, 2]),
        ]
        for (text, value) in cases {
            #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(text.utf8)) }
            #expect(try JSONValue(parsing: Array(text.utf8), isLenient: true) == value, "\(text)")
        }
        let latin1: [UInt8] = Array("[\"caf".utf8) + [0xE9] + Array("\"]".utf8)
        #expect(try JSONValue(parsing: latin1, isLenient: true) == ["caf\u{FFFD}"])
        for cut in ["[\"a", "[1, ", "{\"a\":"] {
            #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(cut.utf8), isLenient: true) }
        }
    }

    @Test(
        "every kind of value is read",
        arguments: [
            ("null", .null), (" true\n", true), ("false", false), ("0", 0), ("-7", -7), ("\"\"", ""),
            ("[]", []), ("{}", [:]), ("[1, [2]]", [1, [2]]), ("1.5", .number(1.5)), ("-0.0", .number(-0.0)),
            ("1e2", .number(100)), ("1E+2", .number(100)), ("25e-1", .number(2.5)),
        ] as [(String, JSONValue)]
    )
    func everyKind(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test("whole numbers stay whole up to the ends of 64 bits, and become floating point beyond")
    func integerLimits() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("-9223372036854775808") == .integer(.min))
        #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try parse("-9223372036854775809") == .number(-9_223_372_036_854_775_808))
        #expect(try parse("1.0") == .number(1))
    }

    @Test("escapes and surrogate pairs become their characters")
    func escapes() throws {
        #expect(try parse(#""a\"\\\/\b\f\n\r\tz""#) == .string("a\"\\/\u{8}\u{c}\n\r\tz"))
        #expect(try parse(#""\u00e9\uD83D\uDE00 \u0000""#) == .string("é😀 \u{0}"))
        #expect(try parse("\"käse 日本\"") == .string("käse 日本"))
    }

    @Test("an object keeps its order, and a name that comes twice counts with its last value")
    func objects() throws {
        let value = try parse(#"{"b": 1, "a": 2, "b": 3}"#)
        #expect(value["b"] == 3)
        #expect(value["none"] == nil)
        guard case .object(let object) = value else { throw JSONTestFailure.notAnObject }
        #expect(object.members.map(\.key) == ["b", "a", "b"])
    }

    @Test(
        "malformed text is refused at its place",
        arguments: [
            ("", 0), ("  ", 2), ("nul", 3), ("tru3", 3), ("01", 0), ("-", 1), ("1.", 2), ("1e", 2), ("+1", 0),
            ("[1,]", 3), ("[1 2]", 3), ("[", 1), ("{\"a\"}", 4), ("{a:1}", 1), ("{\"a\":1,}", 7), ("1 1", 2),
            ("\"abc", 4), ("\"\\x\"", 1), ("\"\\uD83D\"", 1), ("\"\\uDE00\"", 1), ("\"\\uD83Dx\"", 1),
            ("\"\\u12G4\"", 5), ("\"a\nb\"", 2), ("1e999", 0), ("NaN", 0), ("\u{FEFF}1", 0), ("{\"a\":1", 6),
        ]
    )
    func malformed(text: String, offset: Int) throws {
        let error = try #require(throws: JSONSyntaxError.self) { try parse(text) }
        #expect(error.offset == offset, "\(error)")
    }

    @Test("bytes that are not UTF-8 are refused inside a string")
    func notUTF8() {
        for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] {
            #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes) }
        }
    }

    @Test("nesting is bounded, so that a hostile answer can't exhaust the stack")
    func nesting() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONSyntaxError.self) { try parse(deep) }
        let allowed = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        _ = try parse(allowed)
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(allowed.utf8), maximumDepth: 127) }
    }

    @Test("every beginning of a document is refused as incomplete, never misread")
    func truncation() {
        let bytes = Array(#"{"success":true,"data":{"guests":[{"n":"\u00e9","v":-1.5e3}],"total":1}}"#.utf8)
        for length in 0..<bytes.count {
            #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(bytes[..<length])) }
        }
    }
}

private enum JSONTestFailure: Error {
    case notAnObject
}
