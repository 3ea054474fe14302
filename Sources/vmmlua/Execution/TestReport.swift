import LuaRuntime
import Rehearsal
import VMMScripting

/// How all tests went.
struct TestReport: Sendable {
    /// A test, or a file whose tests could not be found.
    struct Entry: Sendable {
        let script: TestScript
        /// The test's name; nil for a failure of the whole file.
        let name: String?
        /// Why it failed.
        let failure: ScriptError?
        /// What the last script that failed in a failed test failed with.
        let failedRun: ScriptError?
        /// What the test file printed.
        let output: String
        /// How often it said what it expects; nil for a failure of the whole file.
        let expectationCount: Int?
        /// The seed that it ran under last.
        let seed: Int
        /// In real time, over all seeds.
        var duration: Duration

        init(script: TestScript, result: TestResult, seed: Int) {
            self.script = script
            name = result.test.name
            failure = result.failure
            failedRun = result.failedRun
            output = result.output
            expectationCount = result.expectationCount
            self.seed = seed
            duration = result.duration
        }

        init(script: TestScript, fileFailure: ScriptError) {
            self.script = script
            name = nil
            failure = fileFailure
            failedRun = nil
            output = ""
            expectationCount = nil
            seed = 0
            duration = .zero
        }

        /// Whether it passed without having said what it expects.
        var expectsNothing: Bool { failure == nil && expectationCount == 0 }

        /// The command that repeats it; nil where the order of a run does.
        var repetition: String? {
            guard failure != nil, seed != 0, let name else { return nil }
            return "vmmlua test \(script.path.quotedForShell) --filter \(name.quotedForShell) --seed \(seed)"
        }
    }

    /// In the order in which they ran.
    var entries: [Entry] = []

    /// Which lines of scripts ran, by file; empty unless that was asked for.
    private(set) var coverage: [LuaCoverage] = []

    mutating func add(_ files: [LuaCoverage]) {
        for file in files {
            if let place = coverage.firstIndex(where: { $0.chunk == file.chunk }) {
                coverage[place].add(file)
            } else {
                coverage.append(file)
            }
        }
        coverage.sort { $0.chunk < $1.chunk }
    }

    /// Those that failed.
    var failed: [Entry] { entries.filter { $0.failure != nil } }

    /// Those that passed without having said what they expect.
    var expectingNothing: [Entry] { entries.filter(\.expectsNothing) }

    /// In real time.
    var duration: Duration { entries.reduce(.zero) { $0 + $1.duration } }
}
