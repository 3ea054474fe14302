import VMMScripting

/// What a test file finds outside of itself.
public struct TestEnvironment: Sendable {
    /// A script that a test runs.
    public struct TestedScript: Sendable {
        /// What messages call it.
        public var name: String
        /// Lua: any bytes.
        public var source: [UInt8]
        /// Where the modules that it requires are.
        public var modules: (any ModuleSource)?

        /// Describes a script.
        public init(name: String, source: [UInt8], modules: (any ModuleSource)? = nil) {
            self.name = name
            self.source = source
            self.modules = modules
        }

        /// Describes a script that is text.
        public init(name: String, source: String, modules: (any ModuleSource)? = nil) {
            self.init(name: name, source: Array(source.utf8), modules: modules)
        }
    }

    /// Finds a script by what a test calls it.
    ///
    /// Throws ``ScriptError`` (`not_found`).
    public var script: @Sendable (String) throws(ScriptError) -> TestedScript
    /// The code with which the command would exit after such a run.
    public var exitCode: @Sendable (RehearsedRun) -> Int
    /// Where the modules that the test file requires are.
    public var modules: (any ModuleSource)?
    /// What each script that a test runs may use; the test itself has as much CPU time.
    public var limits = ScriptLimits()

    /// An environment; without `exitCode` it is 1 for every failure.
    public init(
        modules: (any ModuleSource)? = nil,
        exitCode: @escaping @Sendable (RehearsedRun) -> Int = { $0.error == nil ? 0 : 1 },
        script: @escaping @Sendable (String) throws(ScriptError) -> TestedScript = { (name) throws(ScriptError) in
            throw ScriptError(.notFound, "there is no script '\(name)'", hint: "write sim.run{ source = \"…\" }")
        }
    ) {
        self.modules = modules
        self.exitCode = exitCode
        self.script = script
    }
}
