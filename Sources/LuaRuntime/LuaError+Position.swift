extension LuaError {
    /// Takes the `name:line:` that Lua puts before a message apart from it.
    package init(_ code: Code, splitting text: String) {
        self.init(code, text)
        guard let (position, rest) = LuaError.splitPosition(text), rest.hasPrefix(": ") else { return }
        self.position = position
        self.message = String(rest.dropFirst(2))
    }

    /// The first line of a traceback that lies in a script rather than in code of the host.
    static func position(inTraceback traceback: String) -> Position? {
        for line in traceback.split(separator: "\n").dropFirst() {
            let line = line.drop { $0 == "\t" }
            guard !line.hasPrefix("["), let (position, _) = splitPosition(line) else { continue }
            return position
        }
        return nil
    }

    private static func splitPosition(_ text: some StringProtocol) -> (Position, Substring)? {
        // The name may hold colons itself; the line number is the first run of digits between two of them.
        var start = text.startIndex
        while let colon = text[start...].firstIndex(of: ":") {
            let digits = text[text.index(after: colon)...].prefix { $0.isASCII && $0.isNumber }
            if let line = Int(digits), digits.endIndex < text.endIndex, text[digits.endIndex] == ":" {
                return (Position(chunk: String(text[..<colon]), line: line), Substring(text[digits.endIndex...]))
            }
            start = text.index(after: colon)
        }
        return nil
    }
}
