import LuaRuntime
import VMMScripting
import VirtualMachines

/// How tests went, as one JSON document; times in seconds.
enum TestJSON {
    static func document(_ report: TestReport, coversLines: Bool) -> JSONValue {
        var members: JSONObject = [
            "format": "vmmlua.test", "version": 1, "status": report.failed.isEmpty ? "passed" : "failed",
            "passed": .integer(Int64(report.entries.count - report.failed.count)),
            "failed": .integer(Int64(report.failed.count)), "seconds": .number(report.duration.secondsToMilliseconds),
            "tests": .array(report.entries.map(test)),
        ]
        if coversLines { members["coverage"] = .array(report.coverage.map(coverage)) }
        return .object(members)
    }

    private static func coverage(_ file: LuaCoverage) -> JSONValue {
        func numbers(_ lines: Set<Int>) -> JSONValue { .array(lines.sorted().map { .integer(Int64($0)) }) }
        return [
            "file": .string(file.chunk), "run": numbers(file.run),
            "not_run": numbers(file.lines.subtracting(file.run)),
        ]
    }

    private static func test(_ entry: TestReport.Entry) -> JSONValue {
        var members: [JSONObject.Member] = [
            ("file", .string(entry.script.path)), ("name", entry.name.map(JSONValue.string) ?? .null),
            ("status", entry.failure == nil ? "passed" : "failed"),
            ("seconds", .number(entry.duration.secondsToMilliseconds)),
            ("seed", .integer(Int64(entry.seed))),
        ]
        if let count = entry.expectationCount { members.append(("expectations", .integer(Int64(count)))) }
        if let failure = entry.failure { members.append(("error", JSONValue(failure))) }
        if let failed = entry.failedRun { members.append(("script_error", JSONValue(failed))) }
        if let repetition = entry.repetition { members.append(("repeat", .string(repetition))) }
        if !entry.output.isEmpty { members.append(("output", .string(entry.output))) }
        return .object(JSONObject(members))
    }
}
