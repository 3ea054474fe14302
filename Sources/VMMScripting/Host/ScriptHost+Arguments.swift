import LuaRuntime
import LuaSyntax

/// What is known of a script's arguments before it runs.
public enum ScriptArguments: Sendable {
    /// It declares these.
    case declared(ScriptUsage)
    /// It declares none.
    case none
    /// It declares some by the call on this line, but what they are depends on what it does before.
    case unknown(line: Int)
}

extension ScriptHost {
    /// Reads what arguments a script takes; nothing that it does has an effect.
    ///
    /// A declaration that is written out is read where it stands, and nothing of the script runs. Otherwise the script is run up
    /// to its `script.args`, without machines: it ends at its first operation. Throws ``ScriptError`` for one that isn't Lua,
    /// and for a declaration that `script.args` would refuse.
    public static func arguments(
        of source: String,
        named name: String,
        modules: (any ModuleSource)? = nil
    ) async throws(ScriptError) -> ScriptArguments {
        try await arguments(of: Array(source.utf8), named: name, modules: modules)
    }

    /// Reads what arguments a script of any bytes takes; otherwise as with text.
    public static func arguments(
        of source: [UInt8],
        named name: String,
        modules: (any ModuleSource)? = nil
    ) async throws(ScriptError) -> ScriptArguments {
        let declarations = ArgumentDeclaration.all(in: source)
        if declarations.count == 1, let declaration = declarations.first, let table = declaration.table {
            try await checkSyntax(of: source, named: name)
            // As far down as in the script, for what is wrong with it.
            let lines = String(repeating: "\n", count: declaration.line - 1)
            let declared = Array((lines + "script.args" + table).utf8)
            let run = try await runWithoutMachines(declared, named: name, modules: nil)
            if let usage = run.usage { return .declared(usage) }
            if let error = run.error { throw error }
        }
        let run = try await runWithoutMachines(source, named: name, modules: modules)
        if let error = run.error, error.isSyntaxError { throw error }
        if let usage = run.usage { return .declared(usage) }
        return declarations.first.map { .unknown(line: $0.line) } ?? .none
    }

    /// The arguments that a script takes, as ``arguments(of:named:modules:)`` reads them; nil for one that declares none, or none
    /// that can be read.
    public static func usage(
        of source: String,
        named name: String,
        modules: (any ModuleSource)? = nil
    ) async throws(ScriptError) -> ScriptUsage? {
        try await usage(of: Array(source.utf8), named: name, modules: modules)
    }

    /// The arguments that a script of any bytes takes; otherwise as with text.
    public static func usage(
        of source: [UInt8],
        named name: String,
        modules: (any ModuleSource)? = nil
    ) async throws(ScriptError) -> ScriptUsage? {
        guard case .declared(let usage) = try await arguments(of: source, named: name, modules: modules) else {
            return nil
        }
        return usage
    }

    private static func checkSyntax(of source: [UInt8], named name: String) async throws(ScriptError) {
        let host = ScriptHost(manager: NoMachines())
        try await host.session(named: name).check(source)
    }

    private static func runWithoutMachines(
        _ source: [UInt8],
        named name: String,
        modules: (any ModuleSource)?
    ) async throws(ScriptError) -> (usage: ScriptUsage?, error: ScriptError?) {
        var configuration = Configuration()
        // A script may compute or sleep before it asks for its arguments; nobody waits for that longer than this.
        configuration.limits.cpuTime = .seconds(2)
        configuration.limits.time = .seconds(2)
        configuration.limits.grace = .zero
        if let modules {
            configuration.modules = modules
            configuration.policy = PermissionPolicy(allow: [try PermissionRule("modules")])
        }
        let run = try await ScriptRun(
            manager: NoMachines(),
            configuration: configuration,
            name: name,
            arguments: nil,
            reporters: []
        )
        guard case .failure(let error) = await run.execute(source) else { return (run.usage, nil) }
        return (run.usage, error)
    }
}
