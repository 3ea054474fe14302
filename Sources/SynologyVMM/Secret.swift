/// A word that must not be seen: a password, a session id, a token.
///
/// Printing it prints `<redacted>`.
public struct Secret: Sendable, Hashable {
    let revealed: String

    /// The word, for whoever has to keep it; it must go nowhere that others can read.
    public var word: String { revealed }

    /// Keeps a word.
    public init(_ word: String) {
        self.revealed = word
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `<redacted>`.
    public var description: String { "<redacted>" }

    /// `<redacted>`.
    public var debugDescription: String { description }

    /// Shows nothing of the word to `dump` either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
