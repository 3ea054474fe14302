import LuaRuntime
import VMMScripting
import VirtualMachines

/// A file of tests, each of which runs scripts over simulated guests.
///
/// ```swift
/// let file = TestFile("restart_test.lua", source: source, environment: environment)
/// for test in try await file.tests() {
///     let result = await file.run(test, seed: 0)
/// }
/// ```
public struct TestFile: Sendable {
    /// A test, as the file declares it.
    public struct Test: Sendable, Equatable {
        /// Its names, the outermost `describe`'s first, with `: ` between.
        public let name: String
        let id: String
    }

    /// What messages call it.
    public let name: String
    /// Whether it is noted which lines of the scripts under test run; that makes them slower.
    public var coversLines = false
    private let source: [UInt8]
    private let environment: TestEnvironment

    /// A test file of that source.
    public init(_ name: String, source: String, environment: TestEnvironment = TestEnvironment()) {
        self.init(name, source: Array(source.utf8), environment: environment)
    }

    /// A test file of any bytes, as Lua takes them.
    public init(_ name: String, source: [UInt8], environment: TestEnvironment = TestEnvironment()) {
        self.name = name
        self.source = source
        self.environment = environment
    }

    /// The tests in the order of the file, found by running it without them.
    ///
    /// Throws ``ScriptError`` where it is not Lua, or fails outside of its tests.
    public func tests() async throws(ScriptError) -> [Test] {
        let bench = TestBench(environment, seed: 0, test: nil)
        let run = await run(on: bench)
        do throws(ScriptError) { _ = try run.result.get() } catch { throw error }
        if let failure = bench.failure { throw failure }
        return bench.declared
    }

    /// Runs one test, in a state of its own.
    ///
    /// Under another seed than 0, tasks that are ready and events of the same moment take another order than they would
    /// live, and chance falls otherwise; the same way each time.
    public func run(_ test: Test, seed: UInt64 = 0) async -> TestResult {
        let watch = SystemClock()
        let begin = watch.now
        let bench = TestBench(environment, seed: seed, test: test, coversLines: coversLines)
        let run = await run(on: bench)
        // A failure counts although the file has caught it.
        var failure = run.error ?? bench.failure
        // How the test came to be called tells nobody anything, and of its limits the command has an option for one.
        let traceback = failure?.traceback.map(Self.callsWithinTest)
        failure?.traceback = traceback
        if let limit = failure?.limit, limit != .cpuTime { failure?.hint = nil }
        if failure == nil, !bench.hasBegun {
            failure = ScriptError(
                .script,
                "the test was not declared again",
                hint: "describe and it must not depend on what changes from run to run"
            )
        }
        return TestResult(
            test: test,
            failure: failure,
            failedRun: failure == nil ? nil : bench.failedRun,
            output: run.output,
            expectationCount: bench.expectationCount,
            coverage: bench.coverage,
            duration: watch.now - begin
        )
    }

    private static func callsWithinTest(_ traceback: String) -> String {
        traceback.split(separator: "\n").prefix { !$0.contains("[testing]:") || !$0.hasSuffix("'it'") }
            .joined(separator: "\n")
    }

    private static let forever = Duration.seconds(100 * 365 * 86_400)

    private func run(on bench: TestBench) async -> RehearsedRun {
        var configuration = ScriptHost.Configuration()
        configuration.clock = bench.clock(of: .test)
        configuration.onIdle = { bench.turns.idle(.test) }
        configuration.seed = bench.seed
        // It shares its clock with the scripts that it runs, so it may take as long as they do; but what would wait for ever
        // must have an end.
        configuration.limits.time = Self.forever
        configuration.limits.cpuTime = environment.limits.cpuTime
        configuration.modules = environment.modules
        do throws(ScriptError) {
            configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*"), try PermissionRule("modules")])
            configuration.libraries = [try bench.library()]
        } catch {
            return RehearsedRun(failed: error, startingFrom: bench.cluster)
        }
        let run = await RehearsedRun(
            of: source,
            named: name,
            arguments: [],
            on: TestMachines(bench, hasFaults: false),
            startingFrom: bench.cluster,
            configuration
        )
        await bench.close()
        return run
    }
}
