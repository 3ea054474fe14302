import VirtualMachines

/// How tests went, in the XML that JUnit made usual: a suite a file.
enum JUnitReport {
    static func text(_ report: TestReport) -> String {
        var paths: [String] = []
        for entry in report.entries where !paths.contains(entry.script.path) { paths.append(entry.script.path) }
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#, "<testsuites \(counts(report.entries))>"]
        for path in paths {
            let entries = report.entries.filter { $0.script.path == path }
            lines.append("  <testsuite name=\"\(path.escapedXML)\" \(counts(entries))>")
            for entry in entries { lines += testCase(entry) }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>", ""]).joined(separator: "\n")
    }

    private static func counts(_ entries: [TestReport.Entry]) -> String {
        let failures = entries.count { $0.failure != nil }
        let duration = entries.reduce(Duration.zero) { $0 + $1.duration }
        return "tests=\"\(entries.count)\" failures=\"\(failures)\" time=\"\(duration.secondsToMilliseconds)\""
    }

    private static func testCase(_ entry: TestReport.Entry) -> [String] {
        let name = (entry.name ?? "the file itself").escapedXML
        let head = "    <testcase classname=\"\(entry.script.path.escapedXML)\" name=\"\(name)\""
        let assertions = entry.expectationCount.map { "assertions=\"\($0)\" " } ?? ""
        let time = "\(assertions)time=\"\(entry.duration.secondsToMilliseconds)\""
        guard let failure = entry.failure else { return ["\(head) \(time)/>"] }
        let reason = TestText.lines(of: entry).dropFirst().map { $0.trimmingPrefix("    ").description.escapedXML }
        let message = failure.message.split(separator: "\n").first.map(String.init) ?? ""
        return ["\(head) \(time)>", "      <failure message=\"\(message.escapedXML)\">"] + reason
            + ["      </failure>", "    </testcase>"]
    }
}
