import LuaRuntime

/// The functions that are written in Lua: their sources, and the declarations in them.
enum LuaLibrary {
    struct File: Sendable {
        let name: String
        let source: [UInt8]
    }

    /// In the order in which they are loaded.
    static let files = [
        File(name: "base", source: PackageResources.base_lua),
        File(name: "filters", source: PackageResources.filters_lua),
        File(name: "guests", source: PackageResources.guests_lua),
        File(name: "text", source: PackageResources.text_lua),
        File(name: "json", source: PackageResources.json_lua),
        File(name: "async", source: PackageResources.async_lua),
        File(name: "steps", source: PackageResources.steps_lua),
        File(name: "patience", source: PackageResources.patience_lua),
        File(name: "power", source: PackageResources.power_lua),
        File(name: "flow", source: PackageResources.flow_lua),
        File(name: "probe", source: PackageResources.probe_lua),
        File(name: "modules", source: PackageResources.modules_lua),
        File(name: "session", source: PackageResources.session_lua),
    ]

    /// Loaded behind all else: what knows the names of the libraries.
    static let names = File(name: "names", source: PackageResources.names_lua)

    /// The declarations of all files; one that can't be read is left out, which a test notices.
    static let bindings: [Binding] = files.flatMap { file in
        declarations(in: String(decoding: file.source, as: UTF8.self)).compactMap { try? Binding(declaration: $0) }
    }

    /// The same by name; they are read at the first check, as a script that checks nothing starts sooner without them.
    static let bindingsByName = Dictionary(uniqueKeysWithValues: bindings.map { ($0.name, $0) })

    /// The blocks of lines that begin with `--:`, without it.
    static func declarations(in source: String) -> [[String]] {
        var blocks: [[String]] = []
        var block: [String] = []
        for line in source.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [""] {
            if line.hasPrefix("--:") {
                block.append(line.dropFirst(3).trimmingPrefix(" ").description)
            } else if !block.isEmpty {
                blocks.append(block)
                block = []
            }
        }
        return blocks
    }
}

extension Binding {
    /// Reads a declaration as Lua files hold it, in lines behind `--:`.
    ///
    ///     async.map(list: list, {limit: integer = 4}, fn: function) -> array of first results
    ///     Calls fn for each element, up to `limit` at a time.
    ///     errors: cancelled
    ///     permission: vmm.read
    ///     example: async.map(guests, { limit = 2 }, vmm.shutdown)
    ///
    /// A parameter with `?` is optional. Throws ``ScriptError`` that quotes the line.
    init(declaration lines: [String]) throws(ScriptError) {
        guard let head = lines.first, let open = head.firstIndex(of: "("), let close = head.lastIndex(of: ")") else {
            throw ScriptError(.badArgument, "a declaration begins with name(parameters), not '\(lines.first ?? "")'")
        }
        var parameters: [Parameter] = []
        var options: [Parameter] = []
        var isVariadic = false
        var inOptions = false
        for part in head[head.index(after: open)..<close].split(separator: ",") {
            var text = part.trimmingPrefix(" ").description
            if text.hasPrefix("{") { inOptions = true }
            let endsOptions = text.hasSuffix("}")
            text = text.filter { $0 != "{" && $0 != "}" }
            if text == "..." {
                isVariadic = true
            } else if inOptions {
                options.append(try Parameter(declaration: text, isOption: true))
            } else {
                parameters.append(try Parameter(declaration: text, isOption: false))
            }
            if endsOptions { inOptions = false }
        }
        let tags = lines.dropFirst().compactMap(Self.tag)
        let prose = lines.dropFirst().filter { Self.tag($0) == nil }
        self.init(
            String(head[..<open]),
            parameters: parameters,
            options: options,
            isVariadic: isVariadic,
            results: head[head.index(after: close)...].trimmingPrefix(" ->").trimmingPrefix(" ").description,
            errors: tags.filter { $0.name == "errors" }.flatMap { $0.text.split(separator: " ") }
                .compactMap { ErrorKind(rawValue: String($0)) },
            permission: tags.first { $0.name == "permission" }?.text,
            summary: prose.first ?? "",
            text: prose.dropFirst().joined(separator: " "),
            example: tags.filter { $0.name == "example" }.map(\.text).joined(separator: "\n"),
            body: .lua
        )
    }

    private static func tag(_ line: String) -> (name: String, text: String)? {
        for name in ["errors", "permission", "example"] where line.hasPrefix(name + ": ") {
            return (name, String(line.dropFirst(name.count + 2)))
        }
        return nil
    }
}

extension Binding.Parameter {
    /// Reads `name: type`, `name?: type` or `name: type = default`.
    fileprivate init(declaration: String, isOption: Bool) throws(ScriptError) {
        let halves = declaration.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix(" ").description }
        let words = halves[0].split(separator: ":").map { $0.filter { $0 != " " } }
        guard words.count == 2, let type = ValueType(rawValue: words[1]) else {
            throw ScriptError(.badArgument, "a parameter is declared as name: type, not '\(declaration)'")
        }
        let isOptional = isOption || words[0].hasSuffix("?")
        self.init(
            words[0].filter { $0 != "?" },
            type,
            optional: isOptional,
            default: halves.count > 1 ? halves[1] : nil
        )
    }
}
