import LuaRuntime
import VirtualMachines

/// Runs Lua scripts over virtual machines.
///
///     let host = ScriptHost(manager: client)
///     try await host.run(source, named: "restart.lua", arguments: ["web-*"])
///
/// Each run has a Lua state and a thread of its own. The host doesn't close the manager.
public struct ScriptHost: Sendable {
    /// What a host's runs have in common.
    public struct Configuration: Sendable {
        /// The time that scripts live in.
        public var clock: any RunClock = SystemClock()
        /// What scripts may do.
        public var policy: any Policy = PermissionPolicy()
        /// How long after its connection's end a request may still take effect: a write whose answer got lost is sent
        /// again only if it has left no trace by then.
        public var settle: Duration = .seconds(10)
        /// What scripts may use.
        public var limits = ScriptLimits()
        /// How a script that computes is reached when it is to end.
        public var interrupt = LuaInterrupt.standard
        /// The seed of `math.random`; nil for another one each run.
        public var seed: UInt64?
        /// The order in which tasks that are ready run: nil for first in, first out, or a seed for another one, the same
        /// each time.
        public var orderSeed: UInt64?
        /// Whether it is noted which lines of the script and its modules run; that makes it slower.
        public var coversLines = false
        /// Remembers what a run asked and was told.
        public var journal: any Journal = NoJournal()
        /// Are told what happens, in this order.
        public var reporters: [any Reporter] = []
        /// Where `require` finds modules; nil for nowhere.
        ///
        /// A script needs the permission `modules` besides.
        public var modules: (any ModuleSource)?
        /// Asks what `probe` is to find out; nil where nothing can be probed.
        ///
        /// A script needs the permission `net` besides.
        public var prober: (any Prober)?
        /// Puts the questions of `flow.approve` to a person; nil where there is nobody to ask.
        public var approver: (any Approver)?
        /// The locks of `flow.lock`; those of a configuration that isn't told otherwise are known to this program alone.
        public var locks: any LockTable = LocalLocks()
        /// How runs were started, for `script.command`.
        public var command = ScriptCommand()
        /// Functions of the embedding program, which scripts call by their names.
        public var bindings: [Binding] = []
        /// Functions of the embedding program that are written in Lua; they are loaded in this order.
        public var libraries: [TrustedLibrary] = []
        /// Moves a virtual clock on when every task waits for it.
        public var onIdle: (@Sendable () -> Bool)?

        /// A live host that reports to nobody.
        public init() {}
    }

    let manager: any VirtualMachineManager
    let configuration: Configuration

    /// A host for scripts over the machines of `manager`.
    public init(manager: any VirtualMachineManager, configuration: Configuration = Configuration()) {
        self.manager = manager
        self.configuration = configuration
    }

    /// Runs a script to its end and returns what it returned.
    ///
    /// Throws ``ScriptError``; cancelling the task cancels the run.
    ///
    /// `named` stands for the script in messages; `arguments` are what its `script.args` reads.
    @discardableResult
    public func run(
        _ source: String,
        named name: String,
        arguments: [String] = []
    ) async throws(ScriptError) -> [LuaValue] {
        try await run(Array(source.utf8), named: name, arguments: arguments)
    }

    /// Runs a script of any bytes, as Lua takes them; otherwise as with text.
    @discardableResult
    public func run(
        _ source: [UInt8],
        named name: String,
        arguments: [String] = []
    ) async throws(ScriptError) -> [LuaValue] {
        let run = try await prepare(name, arguments, reporters: configuration.reporters)
        let result = await withTaskCancellationHandler {
            await run.execute(source)
        } onCancel: {
            run.cancel()
        }
        do { return try result.get() } catch { throw error }
    }

    /// Starts a script and returns the run, which tells what happens and how it ended.
    ///
    /// ``ScriptRun/events`` keeps the last 16 MiB of events until they are read, and tells by a warning how many are missing
    /// before those; without `keepsEvents` it is empty, and only the configuration's reporters receive events.
    public func start(
        _ source: String,
        named name: String,
        arguments: [String] = [],
        keepsEvents: Bool = true
    ) async throws(ScriptError) -> ScriptRun {
        try await start(Array(source.utf8), named: name, arguments: arguments, keepsEvents: keepsEvents)
    }

    /// Starts a script of any bytes, as Lua takes them; otherwise as with text.
    public func start(
        _ source: [UInt8],
        named name: String,
        arguments: [String] = [],
        keepsEvents: Bool = true
    ) async throws(ScriptError) -> ScriptRun {
        let events = EventBuffer(clock: configuration.clock)
        let run = try await prepare(name, arguments, reporters: configuration.reporters + (keepsEvents ? [events] : []))
        run.begin(source, events: events.stream) { events.finish() }
        return run
    }

    /// Opens a session, in which one chunk after the other runs with the same globals.
    public func session(named name: String) async throws(ScriptError) -> ScriptSession {
        try await ScriptSession { () async throws(ScriptError) in
            try await prepare(name, [], reporters: configuration.reporters)
        }
    }

    private func prepare(
        _ name: String,
        _ arguments: [String],
        reporters: [any Reporter]
    ) async throws(ScriptError) -> ScriptRun {
        try await ScriptRun(
            manager: manager,
            configuration: configuration,
            name: name,
            arguments: arguments,
            reporters: reporters
        )
    }
}
