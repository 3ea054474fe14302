import LuaRuntime
import SimulatedVMM
import Synchronization
import VMMScripting
import VirtualMachines

/// What one test works with: its guests, its clock, what goes wrong, and the scripts that it runs.
final class TestBench: Sendable {
    private struct State {
        var machines: SimulatedManager
        var faults: [InjectedFault] = []
        var chance: SplitMix64
        var declared: [TestFile.Test] = []
        var hasBegun = false
        var scripts: [Int: ScriptUnderTest] = [:]
        var lastScript = 0
        var failedRun: ScriptError?
        /// What failed in the test file as the first.
        var failure: ScriptError?
        var expectationCount = 0
        var coverage: [String: LuaCoverage] = [:]
    }

    let clock: VirtualClock
    let turns: TestTurns
    /// Shared by the scripts that the test runs.
    let locks = LocalLocks()
    let seed: UInt64
    let environment: TestEnvironment
    /// The test that is to run; nil where they are only listed.
    let test: TestFile.Test?
    let coversLines: Bool
    let start: Timestamp
    /// Beyond it the clock's own numbers end.
    static let longestTest = Duration.seconds(100 * 365 * 86_400)
    private let state: Mutex<State>

    init(_ environment: TestEnvironment, seed: UInt64, test: TestFile.Test?, coversLines: Bool = false) {
        self.environment = environment
        self.seed = seed
        self.test = test
        self.coversLines = coversLines
        clock = VirtualClock(orderSeed: seed == 0 ? nil : seed)
        turns = TestTurns(clock: clock)
        start = clock.now
        let machines = Self.manager(of: .standard(now: clock.now), clock)
        state = Mutex(State(machines: machines, chance: SplitMix64(state: seed)))
    }

    private static func manager(of cluster: Cluster, _ clock: VirtualClock) -> SimulatedManager {
        SimulatedManager(cluster: SimulatedCluster(cluster, clock: clock), view: .full, givesTasks: true)
    }

    // MARK: Tests

    var declared: [TestFile.Test] { state.withLock(\.declared) }

    func declare(_ test: TestFile.Test) { state.withLock { $0.declared.append(test) } }

    /// Whether the test's own function was called.
    var hasBegun: Bool { state.withLock(\.hasBegun) }

    func begin() { state.withLock { $0.hasBegun = true } }

    /// How often the test said what it expects.
    var expectationCount: Int { state.withLock(\.expectationCount) }

    func noteExpectation() { state.withLock { $0.expectationCount += 1 } }

    /// What failed in a `describe` or an `it` as the first, also where the file has caught it.
    var failure: ScriptError? { state.withLock(\.failure) }

    func noteFailure(_ text: String) {
        let failure = ScriptError(LuaError(.script, splitting: text))
        state.withLock { $0.failure = $0.failure ?? failure }
    }

    // MARK: Guests

    var machines: SimulatedManager { state.withLock(\.machines) }

    /// The guests as they are now.
    var cluster: Cluster {
        // The body that could throw doesn't.
        (try? machines.cluster.withCluster { cluster in cluster }) ?? .standard(now: clock.now)
    }

    func replaceCluster(by cluster: Cluster) throws(VMMError) {
        let machines = Self.manager(of: cluster, clock)
        let faults = state.withLock { state in
            state.machines = machines
            return state.faults
        }
        for fault in faults { try fault.deform(machines.cluster) }
    }

    // MARK: Faults

    func inject(_ fault: InjectedFault) throws(VMMError) {
        let machines = state.withLock { state in
            state.faults.append(fault)
            return state.machines
        }
        try fault.deform(machines.cluster)
    }

    /// What goes wrong with a call that is made now, if anything does.
    func fault(on call: InjectedFault.Call, guest: String?) -> InjectedFault? {
        let elapsed = clock.now - start
        return state.withLock { state in
            for index in state.faults.indices where state.faults[index].concerns(call, guest, elapsed) {
                if state.faults[index].strikes(&state.chance) { return state.faults[index] }
            }
            return nil
        }
    }

    // MARK: Scripts

    /// The last failure of a script that the test ran.
    var failedRun: ScriptError? { state.withLock(\.failedRun) }

    /// The clock as the test or one of its scripts sees it.
    func clock(of participant: TestTurns.Participant) -> TestClock {
        TestClock(clock: clock, turns: turns, participant: participant)
    }

    /// Starts a script and gives its number.
    func start(_ makeScript: (Int) -> ScriptUnderTest) -> Int {
        let number = state.withLock { state in
            state.lastScript += 1
            return state.lastScript
        }
        let script = makeScript(number)
        state.withLock { $0.scripts[number] = script }
        return number
    }

    /// Which lines of scripts that are over ran, by file.
    var coverage: [LuaCoverage] { state.withLock { $0.coverage.values.sorted { $0.chunk < $1.chunk } } }

    /// A script ended.
    func ended(_ number: Int, _ run: RehearsedRun) {
        state.withLock { state in
            for file in run.coverage { state.coverage[file.chunk, default: file].add(file) }
        }
        turns.ended(number, run)
    }

    /// Forgets a script that is over.
    func remove(_ number: Int, failure: ScriptError?) {
        state.withLock { state in
            state.scripts[number] = nil
            state.failedRun = failure ?? state.failedRun
        }
    }

    /// Ends what the test left running, and returns when that is over.
    func close() async {
        let scripts = state.withLock { state in
            defer { state.scripts = [:] }
            return Array(state.scripts.values)
        }
        for script in scripts { script.abandon() }
        turns.close()
        for script in scripts { await script.ended() }
    }
}
