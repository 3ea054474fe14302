import LuaRuntime
import LuaSyntax
import VMMScripting

/// A line of source with a caret under the token that Lua stumbled over.
struct SourceExcerpt: Sendable, Equatable {
    let lines: [String]

    /// Finds the token that a syntax error names; nil if the source has no such line.
    ///
    /// Where the line holds that token more than once, it is the first up to which the source is already wrong: that
    /// is what `isWrong` tells of the source's beginning.
    init?(_ error: ScriptError, in source: [UInt8], isWrong: ([UInt8]) async -> Bool) async {
        guard let line = error.position?.line else { return nil }
        let tokens = Array(Lexer(source))
        if error.message.hasSuffix("near <eof>") {
            self.init(source, behind: tokens.last { $0.kind != .comment })
            return
        }
        let near = Self.near(error.message)
        // As the message has it, whatever bytes it is made of.
        func text(_ token: Token) -> String { LuaString(bytes: Array(source[token.range])).description }
        var candidates = tokens.filter { $0.line == line && text($0) == near }
        if candidates.isEmpty, let near {
            // Lua stops within a token that it can't read.
            candidates = tokens.filter { $0.line <= line && !near.isEmpty && text($0).hasPrefix(near) }.suffix(1)
        }
        if candidates.count > 1 {
            // Each costs a compilation; on a line with more of them the last stands for all.
            for candidate in candidates.dropLast().prefix(200) {
                guard await isWrong(Array(source[..<candidate.range.upperBound])) else { continue }
                candidates = [candidate]
                break
            }
        }
        self.init(source, line: candidates.last?.line ?? line, column: candidates.last?.column)
    }

    /// The end of the source is where something is missing: right behind its last token.
    private init?(_ source: [UInt8], behind token: Token?) {
        guard let token else { return nil }
        // A token of several lines ends on another line than it begins; its beginning is what needs a look then.
        let isLong = token.text.contains { $0.isNewline }
        self.init(source, line: token.line, column: token.column + (isLong ? 0 : token.range.count))
    }

    private init?(_ source: [UInt8], line: Int, column: Int?) {
        guard let text = Self.line(line, of: source) else { return nil }
        let split = min(text.count, max(0, (column ?? 1) - 1))
        let before = Self.cut(text.prefix(split), from: .start)
        let number = "  \(line) | "
        var lines = [number + before + Self.cut(text.dropFirst(split), from: .end)]
        if column != nil {
            // Tabs stay tabs, so that both lines go on at the same place.
            let margin = String(repeating: " ", count: number.count - 2) + "| "
            let parts = before.split(separator: "\t", omittingEmptySubsequences: false)
            let space = parts.map { String(repeating: " ", count: String($0).columns) }
            lines.append(margin + space.joined(separator: "\t") + "^")
        }
        self.lines = lines
    }

    /// The line of that number; lines end where Lua's compiler counts one.
    private static func line(_ number: Int, of source: [UInt8]) -> ArraySlice<UInt8>? {
        var (count, start, position) = (1, 0, 0)
        while position < source.count {
            let byte = source[position]
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                position += 1
                continue
            }
            if count == number { return source[start..<position] }
            let next = position + 1 < source.count ? source[position + 1] : 0
            let isPair = byte != next && (next == UInt8(ascii: "\n") || next == UInt8(ascii: "\r"))
            position += isPair ? 2 : 1
            start = position
            count += 1
        }
        return count == number ? source[start...] : nil
    }

    private enum Side { case start, end }

    /// A line of data in a script may have any length; what matters of it is what stands around the caret.
    private static func cut(_ bytes: ArraySlice<UInt8>, from side: Side) -> String {
        let text = LuaString(bytes: Array(bytes)).description[...]
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
