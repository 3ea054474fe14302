/// A piece of Lua source that stands for one thing: a name, a word, a number, a string, a symbol, a comment.
public struct Token: Sendable, Hashable {
    /// What a token can be.
    public enum Kind: Sendable, Hashable {
        /// An identifier.
        case name
        /// A word that Lua reserves, such as `end`.
        case keyword
        /// A numeral.
        case number
        /// A string, short or long, with its delimiters.
        case string
        /// An operator or a mark of punctuation.
        case symbol
        /// A comment, short or long, or a first line that begins with `#`.
        case comment
        /// What Lua has no use for: a stray byte, or a string or comment that doesn't end.
        case invalid
    }

    /// What it is.
    public var kind: Kind
    /// The token as it is written; a replacement character stands for what is not UTF-8.
    public var text: String
    /// The bytes of the source that it takes up.
    public var range: Range<Int>
    /// The line on which it begins, from 1.
    public var line: Int
    /// The byte of that line at which it begins, from 1.
    public var column: Int

    /// Whether it is the keyword `word`.
    public func isKeyword(_ word: String) -> Bool { kind == .keyword && text == word }

    /// Whether it is the symbol `mark`.
    public func isSymbol(_ mark: String) -> Bool { kind == .symbol && text == mark }
}

extension Token {
    /// The words that Lua 5.4 reserves.
    public static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]
}
