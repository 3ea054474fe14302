/// A prompt's input, made ready to run so that its locals survive it.
///
///     PreparedChunk("local a, b = f(c)", knownLocals: ["c"])
///     // declaredLocals: ["a", "b"], usedLocals: ["c"],
///     // source: "local a, b = f(c)\n __keep(function() return a, b end) "
///
/// The input is taken for Lua that compiles; of anything else nothing useful comes out, but nothing breaks either.
public struct PreparedChunk: Sendable, Hashable {
    /// The input with a call of `__keep` where its top-level locals are all declared, line by line as it was.
    public let source: String
    /// The names of the locals that it declares at its top level, each once, in order.
    public let declaredLocals: [String]
    /// Those of them that are constants: `<const>` or `<close>`.
    public let declaredConstants: Set<String>
    /// The known locals that it mentions, each once, in order.
    public let usedLocals: [String]

    /// Prepares `input`, where `knownLocals` are the locals that earlier inputs declared.
    public init(_ input: String, knownLocals: Set<String>) {
        let tokens = Lexer(input).filter { $0.kind != .comment }
        let scan = TopLevelScan(tokens)
        var bytes = Array(input.utf8)
        // Lua folds a constant into the code, where no closure could find it later. The compiler has seen the
        // attribute before, so it has done its work.
        for range in scan.constantAttributes {
            for index in range where bytes[index] != UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: " ") }
        }
        declaredLocals = scan.locals.uniqued()
        declaredConstants = scan.constants
        usedLocals = Self.mentions(in: tokens).filter(knownLocals.contains).uniqued()
        if !declaredLocals.isEmpty {
            let keep = Array(" __keep(function() return \(declaredLocals.joined(separator: ", ")) end) ".utf8)
            if let position = scan.returnPosition {
                bytes.insert(contentsOf: keep, at: position)
            } else {
                // The input may end in a comment.
                bytes += Array("\n".utf8) + keep
            }
        }
        source = String(decoding: bytes, as: UTF8.self)
    }

    /// The names in `tokens` that aren't those of fields.
    private static func mentions(in tokens: [Token]) -> [String] {
        tokens.indices.compactMap { index in
            guard tokens[index].kind == .name else { return nil }
            if index > 0, tokens[index - 1].isSymbol(".") || tokens[index - 1].isSymbol(":") { return nil }
            return tokens[index].text
        }
    }
}

/// What stands at the top level of a chunk, outside all blocks and functions.
private struct TopLevelScan {
    var locals: [String] = []
    /// Those whose last declaration has an attribute.
    var constants: Set<String> = []
    /// The bytes of each `<const>`.
    var constantAttributes: [Range<Int>] = []
    /// The byte at which the chunk's own `return` begins.
    var returnPosition: Int?

    init(_ tokens: [Token]) {
        var depth = 0
        for (index, token) in tokens.enumerated() where token.kind == .keyword {
            switch token.text {
            // `for` and `while` have a `do`, and `elseif` and `else` go on with the block of their `if`.
            case "function", "do", "if", "repeat": depth += 1
            case "end", "until": depth = max(0, depth - 1)
            case "local" where depth == 0: readLocal(tokens[(index + 1)...])
            case "return" where depth == 0: returnPosition = returnPosition ?? token.range.lowerBound
            default: break
            }
        }
    }

    /// Reads `function name` or `name <attribute>, name …` behind `local`.
    private mutating func readLocal(_ tokens: ArraySlice<Token>) {
        var rest = tokens
        if rest.first?.isKeyword("function") == true {
            if let name = rest.dropFirst().first, name.kind == .name {
                locals.append(name.text)
                constants.remove(name.text)
            }
            return
        }
        while let name = rest.first, name.kind == .name {
            locals.append(name.text)
            constants.remove(name.text)
            rest = rest.dropFirst()
            if let open = rest.first, open.isSymbol("<"), let close = rest.dropFirst(2).first, close.isSymbol(">") {
                constants.insert(name.text)
                if rest.dropFirst().first?.text == "const" {
                    constantAttributes.append(open.range.lowerBound..<close.range.upperBound)
                }
                rest = rest.dropFirst(3)
            }
            guard let comma = rest.first, comma.isSymbol(",") else { return }
            rest = rest.dropFirst()
        }
    }
}

extension [String] {
    /// The elements without those that came before.
    fileprivate func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
