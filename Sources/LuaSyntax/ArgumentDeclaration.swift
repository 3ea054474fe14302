/// A call of `script.args` as it stands in a script's source, wherever that is.
///
///     ArgumentDeclaration.all(in: #"if true then a = script.args{ {"name"} } end"#)
///     // one, of the table `{ {"name"} }`, which is constant
public struct ArgumentDeclaration: Sendable, Hashable {
    /// The line of the call, from 1.
    public let line: Int
    /// The table that it is given, as it is written; nil where that stands elsewhere, or is worked out.
    public let table: String?

    /// The declarations of a script, in their order; the source is taken for Lua that compiles.
    public static func all(in source: String) -> [ArgumentDeclaration] {
        all(in: Array(source.utf8))
    }

    /// The declarations of a script of any bytes; those that are not UTF-8 are replaced in what is written.
    public static func all(in bytes: [UInt8]) -> [ArgumentDeclaration] {
        let tokens = Lexer(bytes).filter { $0.kind != .comment }
        return tokens.indices.compactMap { index in
            guard isCall(tokens[index...]), index == 0 || !tokens[index - 1].isAccess else { return nil }
            let range = constantTable(tokens[(index + 3)...])
            return ArgumentDeclaration(
                line: tokens[index].line,
                table: range.map { String(decoding: bytes[$0], as: UTF8.self) }
            )
        }
    }

    /// Whether `script.args` comes next, and is called.
    private static func isCall(_ tokens: ArraySlice<Token>) -> Bool {
        let head = Array(tokens.prefix(4))
        guard head.count == 4, head[0].kind == .name, head[1].isSymbol("."), head[2].kind == .name else { return false }
        return head[0].text == "script" && head[2].text == "args" && (head[3].isSymbol("(") || head[3].isSymbol("{"))
    }

    /// The bytes of the table constructor that comes next, perhaps in parentheses, if nothing in it has to be worked out.
    private static func constantTable(_ tokens: ArraySlice<Token>) -> Range<Int>? {
        let tokens = tokens.first?.isSymbol("(") == true ? tokens.dropFirst() : tokens
        guard let start = tokens.first, start.isSymbol("{") else { return nil }
        var depth = 0
        for index in tokens.indices {
            let token = tokens[index]
            guard token.isConstant(before: tokens[(index + 1)...].first) else { return nil }
            if token.isSymbol("{") { depth += 1 }
            if token.isSymbol("}") { depth -= 1 }
            if depth == 0 { return start.range.lowerBound..<token.range.upperBound }
        }
        return nil
    }
}

extension Token {
    /// Whether the name behind it is that of a field.
    fileprivate var isAccess: Bool { isSymbol(".") || isSymbol(":") }

    /// Whether it can stand in a table whose value is known before anything runs.
    fileprivate func isConstant(before next: Token?) -> Bool {
        switch kind {
        case .string, .number: true
        case .keyword: ["true", "false", "nil"].contains(text)
        // A field's name.
        case .name: next?.isSymbol("=") == true
        case .symbol: ["{", "}", "[", "]", "=", ",", ";", "-", "+", "*", "/", "//", "^", ".."].contains(text)
        case .comment, .invalid: false
        }
    }
}
