import VMMScripting
import VirtualMachines

/// Tells a person how tests went.
enum TestText {
    /// A line for the test, and why it failed, indented.
    static func lines(of entry: TestReport.Entry) -> [String] {
        let name = (entry.name ?? "the file itself").escapingControls
        let printed = entry.output.split(separator: "\n").map { "    printed: \($0)".escapingControls }
        guard let failure = entry.failure else {
            let note = entry.expectsNothing ? " (it expects nothing: write expect(…))" : ""
            return ["  ok \(milliseconds(entry.duration))ms \(name)\(note)"] + printed
        }
        var lines = reason(failure, in: entry.script.script)
        if let failed = entry.failedRun, failed.message != failure.message {
            lines.append("the last script that failed: \(failed.description.escapingControls)")
        }
        if let repetition = entry.repetition { lines.append("fails under seed \(entry.seed); \(repetition)") }
        return ["  FAILED \(name)"] + printed + lines.map { "    " + $0 }
    }

    /// The place and what was wrong; a difference of tables has a line for each place in them.
    static func reason(_ failure: ScriptError, in script: Script) -> [String] {
        let message = failure.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var head = failure
        head.message = message.first ?? ""
        var lines = ErrorText(prefix: "", script: script).lines(head)
        lines.insert(contentsOf: message.dropFirst().map { "  " + $0.escapingControls }, at: min(1, lines.count))
        return lines
    }

    /// The last line; `seeds` is how many each test was run under.
    static func summary(of report: TestReport, seeds: Int) -> String {
        let (all, failed) = (report.entries.count, report.failed.count)
        let tests = all == 1 ? "1 test" : "\(all) tests"
        let end = (seeds == 1 ? "" : "under \(seeds) seeds ") + "in \(report.duration.brief)"
        let idle = report.expectingNothing.count
        let note = idle == 0 ? "" : "; \(idle) of them \(idle == 1 ? "expects" : "expect") nothing"
        return failed == 0 ? "\(tests) passed \(end)\(note)" : "\(failed) of \(tests) failed \(end)"
    }

    private static func milliseconds(_ duration: Duration) -> Int { Int((duration / .milliseconds(1)).rounded()) }
}
