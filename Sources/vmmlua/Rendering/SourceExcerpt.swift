import LuaSyntax
import VMMScripting

/// A line of source with a caret under the token that Lua stumbled over.
struct SourceExcerpt: Sendable, Equatable {
    let lines: [String]

    /// Finds the token that a syntax error names; nil if the source has no such line.
    ///
    /// Where the line holds that token more than once, it is the first up to which the source is already wrong: that
    /// is what `isWrong` tells of the source's beginning.
    init?(_ error: ScriptError, in source: String, isWrong: (String) async -> Bool) async {
        guard let line = error.position?.line else { return nil }
        let tokens = Array(Lexer(source))
        if error.message.hasSuffix("near <eof>") {
            self.init(source, behind: tokens.last { $0.kind != .comment })
            return
        }
        let near = Self.near(error.message)
        var candidates = tokens.filter { $0.line == line && $0.text == near }
        if candidates.isEmpty, let near {
            // Lua stops within a token that it can't read.
            candidates = tokens.filter { $0.line <= line && !near.isEmpty && $0.text.hasPrefix(near) }.suffix(1)
        }
        if candidates.count > 1 {
            let bytes = Array(source.utf8)
            // Each costs a compilation; on a line with more of them the last stands for all.
            for candidate in candidates.dropLast().prefix(200) {
                guard await isWrong(String(decoding: bytes[..<candidate.range.upperBound], as: UTF8.self)) else {
                    continue
                }
                candidates = [candidate]
                break
            }
        }
        self.init(source, line: candidates.last?.line ?? line, column: candidates.last?.column)
    }

    /// The end of the source is where something is missing: right behind its last token.
    private init?(_ source: String, behind token: Token?) {
        guard let token else { return nil }
        // A token of several lines ends on another line than it begins; its beginning is what needs a look then.
        let isLong = token.text.contains { $0.isNewline }
        self.init(source, line: token.line, column: token.column + (isLong ? 0 : token.range.count))
    }

    private init?(_ source: String, line: Int, column: Int?) {
        let all = source.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard all.indices.contains(line - 1) else { return nil }
        let text = all[line - 1]
        let split = text.utf8.index(
            text.startIndex,
            offsetBy: max(0, (column ?? 1) - 1),
            limitedBy: text.endIndex
        )
        let before = Self.cut(text[..<(split ?? text.endIndex)], from: .start)
        let number = "  \(line) | "
        var lines = [number + before + Self.cut(text[(split ?? text.endIndex)...], from: .end)]
        if column != nil {
            // Tabs stay tabs, so that both lines go on at the same place.
            let margin = String(repeating: " ", count: number.count - 2) + "| "
            lines.append(margin + String(before.map { $0 == "\t" ? "\t" : " " }) + "^")
        }
        self.lines = lines
    }

    private enum Side { case start, end }

    /// A line of data in a script may have any length; what matters of it is what stands around the caret.
    private static func cut(_ text: Substring, from side: Side) -> String {
        let limit = 50
        // Tabs are the author's; anything else could move the cursor.
        func shown(_ part: Substring) -> String {
            part.split(separator: "\t", omittingEmptySubsequences: false)
                .map { String($0).escapingControls }.joined(separator: "\t")
        }
        guard text.count > limit else { return shown(text) }
        return side == .start
            ? "…" + shown(text.suffix(limit - 1)) : shown(text.prefix(limit - 1)) + "…"
    }

    /// The token in a message that ends in `near 'x'`.
    private static func near(_ message: String) -> String? {
        guard message.hasSuffix("'"), let range = message.ranges(of: "near '").last else { return nil }
        return String(message[range.upperBound...].dropLast())
    }
}
