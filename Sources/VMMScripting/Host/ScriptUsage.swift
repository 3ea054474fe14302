import LuaRuntime

/// What arguments a script takes, as its `script.args` declares them.
public struct ScriptUsage: Sendable {
    /// One argument.
    public struct Argument: Sendable {
        /// The types that an argument can be of.
        public enum Kind: String, Sendable, CaseIterable {
            /// Text.
            case string
            /// A number.
            case number
            /// A whole number.
            case integer
            /// A time, given to the script in seconds.
            case duration
            /// A number of guests or a percentage.
            case share
            /// true or false.
            case boolean
        }

        /// The name.
        public let name: String
        /// The type.
        public let kind: Kind
        /// What stands for it when it is left out; nil if it must be given.
        public let fallback: LuaValue
        /// What it is for, one line.
        public let help: String?
    }

    /// The arguments, in the order in which they are taken by position.
    public let arguments: [Argument]
    /// What was wrong with the arguments that were given; nil if they were right.
    public internal(set) var problem: String?

    /// Reads a declaration: `{ {name, type=, default=, help=}, … }`.
    ///
    /// Throws ``ScriptError`` (`bad_argument`).
    init(declaration: LuaValue) throws(ScriptError) {
        guard let table = declaration.table, table.fields.isEmpty else {
            throw Self.malformed("takes an array of arguments, not \(declaration.brief)")
        }
        guard table.elements.count <= 100 else { throw Self.malformed("takes 100 arguments at most") }
        var arguments: [Argument] = []
        for element in table.elements { arguments.append(try Self.argument(element)) }
        self.arguments = arguments
    }

    private static func argument(_ declaration: LuaValue) throws(ScriptError) -> Argument {
        guard let table = declaration.table, table.elements.count == 1, let name = table.elements.first?.text else {
            throw malformed("each argument is written {\"name\", type=, default=, help=}, not \(declaration.brief)")
        }
        guard name.utf8.count <= 100, (table["help"].text ?? "").utf8.count <= 1000 else {
            throw malformed("the name of an argument has 100 bytes at most, its help 1000")
        }
        for field in table.fields where !["type", "default", "help"].contains(field.key.text) {
            throw malformed("the argument \(name) has no property \(field.key.brief), only type, default and help")
        }
        let word = table["type"].text ?? "string"
        guard let kind = Argument.Kind(rawValue: word) else {
            let known = Argument.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw malformed("the argument \(name) is of type \(known), not \(word)")
        }
        let fallback = table["default"]
        if !fallback.isNil, kind.value(of: fallback) == nil {
            throw malformed("the default of \(name) must be \(kind.expectation), not \(fallback.brief)")
        }
        return Argument(name: name, kind: kind, fallback: fallback, help: table["help"].text)
    }

    private static func malformed(_ what: String) -> ScriptError {
        ScriptError(.badArgument, "script.args: \(what)")
    }

    /// The values of the arguments by name.
    ///
    /// Throws ``ScriptError`` (`bad_argument`), and notes it in ``problem``.
    mutating func values(of raw: [String]) throws(ScriptError) -> LuaTable {
        var table = LuaTable()
        var positional = arguments[...]
        for text in raw {
            let argument: Argument
            let value: String
            let split = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if split.count == 2, let named = arguments.first(where: { $0.name == split[0] }) {
                (argument, value) = (named, split[1])
            } else if split.count == 2, Self.looksLikeName(split[0]) {
                // Taken by position it would be a wrong value, and perhaps one that selects nothing.
                let near = nearNames(to: split[0], among: arguments.map(\.name)).first
                let advice =
                    near.map { "did you mean \($0)?" } ?? "known are \(arguments.map(\.name).joined(separator: ", "))"
                throw fail("there is no argument '\(split[0])': \(advice)")
            } else if let next = positional.first(where: { table[$0.name].isNil }) {
                (argument, value) = (next, text)
                positional = positional.drop { $0.name != next.name }.dropFirst()
            } else {
                throw fail("'\(text)' is one argument too many")
            }
            guard table[argument.name].isNil else { throw fail("\(argument.name) is given twice") }
            guard let parsed = argument.kind.value(of: .string(value)) else {
                throw fail("\(argument.name) must be \(argument.kind.expectation), not '\(value)'")
            }
            table[argument.name] = parsed
        }
        for argument in arguments where table[argument.name].isNil {
            guard let fallback = argument.kind.value(of: argument.fallback) else {
                throw fail("\(argument.name) is missing")
            }
            table[argument.name] = fallback
        }
        return table
    }

    private static func looksLikeName(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
    }

    private mutating func fail(_ what: String) -> ScriptError {
        problem = what
        return ScriptError(.badArgument, what)
    }

    /// The call in one line, such as `rolling-restart [name=web-*] [batch=1] guest`.
    public func line(for script: String) -> String {
        ([script] + arguments.map(\.placeholder)).joined(separator: " ").escapingControls
    }

    /// The arguments, one a line: name, type, help and default.
    public var table: String {
        let width = arguments.map(\.name.escapingControls.columns).max() ?? 0
        let typeWidth = arguments.map(\.kind.rawValue.count).max() ?? 0
        return
            arguments.map { argument in
                let name = argument.name.escapingControls.padded(toColumns: width)
                let type = argument.kind.rawValue.padded(toColumns: typeWidth)
                let fallback =
                    argument.fallback.isNil
                    ? "required" : argument.fallback.plain.isEmpty ? "optional" : "default \(argument.fallback.plain)"
                return "  \(name)  \(type)  "
                    + [argument.help, fallback].compactMap(\.self).joined(separator: "; ").escapingControls
            }
            .joined(separator: "\n")
    }
}

extension ScriptUsage.Argument {
    /// How it stands in the line that shows a call.
    fileprivate var placeholder: String {
        guard !fallback.isNil else { return name.uppercased() }
        return fallback.plain.isEmpty ? "[\(name)]" : "[\(name)=\(fallback.plain)]"
    }
}

extension ScriptUsage.Argument.Kind {
    var expectation: String {
        switch self {
        case .string: "text"
        case .number: "a number"
        case .integer: "a whole number"
        case .duration: "a time such as 90s, 5m or 1h30m, or seconds"
        case .share: "a whole number from 1 up or a percentage such as 25%"
        case .boolean: "true or false"
        }
    }

    /// What the script gets for text from the command line, or for a default written in Lua.
    func value(of value: LuaValue) -> LuaValue? {
        let text = value.text
        switch self {
        case .string: return text == nil ? nil : value
        case .number: return (value.double ?? text.flatMap(Double.init)).map(LuaValue.number)
        case .integer: return (value.wholeNumber ?? text.flatMap(Int64.init)).map(LuaValue.integer)
        case .boolean:
            if case .boolean = value { return value }
            return text == "true" ? true : text == "false" ? false : nil
        case .duration:
            let seconds = text.flatMap(Double.init).map(LuaValue.number) ?? value
            return Duration(luaValue: seconds).map { .number($0.inSeconds) }
        case .share:
            let count = text.flatMap(Int64.init).map(LuaValue.integer) ?? value
            return Share(count) == nil ? nil : count
        }
    }
}

extension LuaValue {
    /// The value as one would type it.
    fileprivate var plain: String { text ?? brief }
}
