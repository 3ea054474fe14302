import LuaRuntime
import VMMScripting

/// How a test went.
public struct TestResult: Sendable {
    /// The test.
    public let test: TestFile.Test
    /// Why it failed, with the place; nil if it passed.
    public let failure: ScriptError?
    /// What the last script that failed in a failed test failed with: more often than not that is the reason.
    public let failedRun: ScriptError?
    /// What the test file printed.
    public let output: String
    /// How often it said what it expects: one that never does shows no more than that nothing was raised.
    public let expectationCount: Int
    /// Which lines of the scripts that it ran, and of their modules, ran; empty unless the file asked for that.
    public let coverage: [LuaCoverage]
    /// How long it took, in real time.
    public let duration: Duration

    /// Whether it passed.
    public var hasPassed: Bool { failure == nil }
}
