import LuaSyntax
import Testing

/// Source split into tokens.
@Suite struct LexerTests {
    private func texts(_ source: String) -> [String] { Lexer(source).map(\.text) }
    private func kinds(_ source: String) -> [Token.Kind] { Lexer(source).map(\.kind) }

    @Test("names, keywords, numbers, strings, symbols and comments are told apart")
    func kinds() {
        let tokens = Array(Lexer("local x_1 = 'a' .. 12 -- why"))
        #expect(tokens.map(\.text) == ["local", "x_1", "=", "'a'", "..", "12", "-- why"])
        #expect(tokens.map(\.kind) == [.keyword, .name, .symbol, .string, .symbol, .number, .comment])
        #expect(tokens[0].isKeyword("local") && tokens[2].isSymbol("="))
    }

    @Test("each token knows its bytes, its line and its column")
    func places() {
        let tokens = Array(Lexer("if x then\n\tfoo()\r\nend"))
        #expect(tokens.map(\.line) == [1, 1, 1, 2, 2, 2, 3])
        #expect(tokens.map(\.column) == [1, 4, 6, 2, 5, 6, 1])
        #expect(tokens.map(\.range) == [0..<2, 3..<4, 5..<9, 11..<14, 14..<15, 15..<16, 18..<21])
    }

    @Test("the longest symbol is taken")
    func symbols() {
        #expect(texts("a...b..c.d") == ["a", "...", "b", "..", "c", ".", "d"])
        #expect(
            texts("a<<b<=c<d//e/f::g:h~=i~j") == [
                "a", "<<", "b", "<=", "c", "<", "d", "//", "e", "/", "f", "::", "g", ":", "h", "~=", "i", "~", "j",
            ]
        )
        #expect(texts("t[1]==#u") == ["t", "[", "1", "]", "==", "#", "u"])
    }

    @Test(
        "numerals are taken whole",
        arguments: ["0", "3.14", ".5", "5.", "1e10", "1e-10", "0x1F", "0xA.8p+2", "0Xp-3", "1E+2", "3x", "0x1e"]
    )
    func numbers(numeral: String) {
        #expect(texts(numeral + "+1") == [numeral, "+", "1"])
        #expect(Lexer(numeral).map(\.kind) == [.number])
    }

    @Test("strings may hold any escape, known to Lua or not")
    func strings() {
        for string in [
            #""""#, #"'it\'s'"#, #""\\""#, #""\q\x4\u{zz}\999""#, "'a\\\nb'", "'a\\z  \n  b'", "\"a\\\r\nb\"",
        ] {
            #expect(texts(string) == [string])
            #expect(kinds(string) == [.string])
        }
        #expect(Array(Lexer("'a\\\nb' c")).last?.line == 2)
        #expect(Array(Lexer("'a\\z \n\n b' c")).last?.line == 3)
    }

    @Test("a string that doesn't end is invalid up to the end of its line")
    func unfinishedString() {
        let tokens = Array(Lexer("x = \"abc\ny"))
        #expect(tokens.map(\.text) == ["x", "=", "\"abc", "y"])
        #expect(tokens[2].kind == .invalid)
        #expect(kinds("'abc\\") == [.invalid])
    }

    @Test("long brackets hold anything but their own end")
    func longBrackets() {
        #expect(texts("[[a]b]] c") == ["[[a]b]]", "c"])
        #expect(texts("[==[ ]] ]=] \n]==]") == ["[==[ ]] ]=] \n]==]"])
        #expect(Array(Lexer("[[\n\r\n]] x")).last?.line == 3)
        #expect(kinds("[[a") == [.invalid])
        #expect(texts("[=x") == ["[", "=", "x"])
    }

    @Test("comments end with their line, or with their bracket")
    func comments() {
        #expect(texts("-- a\nb") == ["-- a", "b"])
        #expect(texts("--[[ a\n]] b") == ["--[[ a\n]]", "b"])
        #expect(texts("--[=[ ]] ]=] b") == ["--[=[ ]] ]=]", "b"])
        #expect(texts("--[ a\nb") == ["--[ a", "b"])
        #expect(kinds("--[[ a") == [.invalid])
        #expect(kinds("#!/usr/bin/env vmmlua\nx") == [.comment, .name])
        #expect(kinds("x\n#") == [.name, .symbol])
    }

    @Test("a stray character is one invalid token, however many bytes it has")
    func strayCharacters() {
        #expect(texts("a é $ b") == ["a", "é", "$", "b"])
        #expect(kinds("a é $ b") == [.name, .invalid, .invalid, .name])
        #expect(kinds("!") == [.invalid])
    }

    @Test("tokens cover every byte but white space, in order, whatever the bytes are")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("[]=-\"'\\\n\r zx0.e#é~<>:/end local return".utf8) + [0, 0x80, 0xC3, 0xFF]
        for _ in 0..<2_000 {
            let length = Int.random(in: 0...24, using: &generator)
            let bytes = (0..<length).compactMap { _ in alphabet.randomElement(using: &generator) }
            var end = 0
            for token in Lexer(bytes) {
                #expect(!token.range.isEmpty && token.range.lowerBound >= end, "\(bytes)")
                let gap = bytes[end..<token.range.lowerBound]
                #expect(gap.allSatisfy { [0x20, 0x0A, 0x0D, 0x09].contains($0) }, "\(bytes)")
                end = token.range.upperBound
            }
            #expect(bytes[end...].allSatisfy { [0x20, 0x0A, 0x0D, 0x09].contains($0) }, "\(bytes)")
        }
    }
}
