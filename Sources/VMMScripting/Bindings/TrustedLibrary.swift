import LuaRuntime

/// Functions of the embedding program that are written in Lua, such as those that only a test file sees.
///
/// The source runs as this module's own Lua files do: with all of Lua's libraries, the script's globals in
/// `script_globals`, and `host`. What it declares in lines behind `--:` is what `host.check` checks arguments against.
///
///     --: greet(name: string) -> text
///     --: Greets somebody.
///     function script_globals.greet(name)
///       host.check("greet", name)
///       return host.greeting(name)
///     end
public struct TrustedLibrary: Sendable {
    /// What tracebacks call it.
    public let name: String
    let source: [UInt8]
    let hostFunctions: [Binding]
    let declarations: [String: Binding]

    /// A library; `hostFunctions` are what it is written on, by their names in `host`, and no script sees them.
    ///
    /// Throws ``ScriptError`` that quotes a declaration which can't be read.
    public init(_ name: String, source: [UInt8], hostFunctions: [Binding] = []) throws(ScriptError) {
        self.name = name
        self.source = source
        self.hostFunctions = hostFunctions
        var declarations: [String: Binding] = [:]
        for lines in LuaLibrary.declarations(in: String(decoding: source, as: UTF8.self)) {
            let binding = try Binding(declaration: lines)
            declarations[binding.name] = binding
        }
        self.declarations = declarations
    }
}
