import LuaRuntime
import VMMScripting
import VirtualMachines

/// A run as JSON, one object a line.
enum JSONEvents {
    /// The first line: which format this is.
    static func head(_ format: String, script: String, time: Timestamp) -> JSONValue {
        [
            "format": .string(format), "version": 1, "script": .string(script), "time": .string(time.rfc3339),
        ]
    }

    /// A line for an event, with the time of day that the run's clock has for it.
    static func line(for event: RunEvent, clock: any RunClock) -> JSONValue {
        switch event {
        case .printed(let bytes):
            let text = LuaString(bytes: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes)
            return ["event": "print", "time": .string(clock.wallTime.rfc3339), "text": .string(text.description)]
        case .logged(let entry):
            var members: [JSONObject.Member] = [
                ("event", "log"), ("time", .string(clock.wallTime(of: entry.time).rfc3339)),
                ("level", .string(entry.level.rawValue)),
                ("message", .string(entry.message)),
            ]
            if !entry.fields.isEmpty {
                members.append(("fields", JSONValue(showing: LuaTable.of(entry.fields))))
            }
            return .object(JSONObject(members))
        case .stepBegan(let report): return step("step_began", report, clock)
        case .stepEnded(let report, let failure):
            var more: [JSONObject.Member] = [
                ("seconds", .number((report.time - report.start).secondsToMilliseconds))
            ]
            if let failure { more.append(("failure", .string(failure))) }
            return step("step_ended", report, clock, more)
        case .began(let report): return operation("began", report, clock)
        case .progressed(let report, let percent):
            return operation("progress", report, clock, [("percent", percent.map { .integer(Int64($0)) } ?? .null)])
        case .postponed(let report, let reason):
            return operation("postponed", report, clock, [("reason", .string(reason))])
        case .answerLost(let report, let reason):
            return operation("answer_lost", report, clock, [("reason", .string(reason))])
        case .ended(let report, let result):
            var more: [JSONObject.Member] = [
                ("seconds", .number((report.time - report.start).secondsToMilliseconds))
            ]
            if case .failure(let error) = result { more.append(("error", JSONValue(error))) }
            return operation("ended", report, clock, more)
        }
    }

    /// A line for what is doubtful about the call.
    static func warning(_ message: String, time: Timestamp) -> JSONValue {
        ["event": "warning", "time": .string(time.rfc3339), "message": .string(message)]
    }

    /// The last line.
    ///
    /// `finish` is the command line that finishes what the run began.
    static func end(_ outcome: RunOutcome, status: ExitStatus, time: Timestamp, finish: String? = nil) -> JSONValue {
        var members: [JSONObject.Member] = [
            ("event", "end"), ("time", .string(time.rfc3339)), ("status", .string(status.word)),
            ("exit_code", .integer(Int64(status.rawValue))),
        ]
        if case .returned(let values) = outcome.ending {
            members.append(("values", .array(values.map(JSONValue.init(showing:)))))
        }
        if let error = outcome.error { members.append(("error", JSONValue(error))) }
        members.append(("changed", .array(outcome.touched.filter(\.isDone).map(JSONValue.init))))
        members.append(("off", .array(outcome.touched.filter(\.isOff).map { .string($0.name) })))
        members.append(("midway", .array(outcome.touched.filter { !$0.isDone }.map(JSONValue.init))))
        if let finish { members.append(("finish", .string(finish))) }
        return .object(JSONObject(members))
    }

    private static func step(
        _ event: String,
        _ report: StepReport,
        _ clock: any RunClock,
        _ more: [JSONObject.Member] = []
    ) -> JSONValue {
        var members: [JSONObject.Member] = [
            ("event", .string(event)), ("time", .string(clock.wallTime(of: report.time).rfc3339)),
            ("step", .integer(Int64(report.id))),
            ("name", .string(report.name)),
        ]
        if let parent = report.parent { members.append(("part_of", .integer(Int64(parent)))) }
        if let guest = report.guest { members.append(("guest", .string(guest))) }
        return .object(JSONObject(members + more))
    }

    private static func operation(
        _ event: String,
        _ report: OperationReport,
        _ clock: any RunClock,
        _ more: [JSONObject.Member] = []
    ) -> JSONValue {
        var members: [JSONObject.Member] = [
            ("event", .string(event)), ("time", .string(clock.wallTime(of: report.time).rfc3339)),
            ("operation", .string(report.id.description)), ("name", .string(report.name)),
        ]
        if let guest = report.guest { members.append(("guest", .string(guest))) }
        if let subject = report.subject { members.append(("subject", .string(subject))) }
        return .object(JSONObject(members + more))
    }
}

extension JSONValue {
    /// An error's fields.
    init(_ error: ScriptError) {
        var members: [JSONObject.Member] = [
            ("kind", .string(error.kind.rawValue)), ("message", .string(error.message)),
        ]
        if let hint = error.hint { members.append(("hint", .string(hint))) }
        if let guest = error.guest { members.append(("guest", .string(guest))) }
        if let api = error.api {
            members.append(("api", .string(api.name)))
            if let method = api.method { members.append(("method", .string(method))) }
            if let code = api.code { members.append(("code", .integer(Int64(code)))) }
        }
        if let position = error.position {
            members.append(("script", .string(position.chunk)))
            members.append(("line", .integer(Int64(position.line))))
        }
        self = .object(JSONObject(members))
    }

    init(_ touched: TouchedGuest) {
        var members: [JSONObject.Member] = [
            ("guest", .string(touched.name)), ("action", .string(touched.action)),
        ]
        if !touched.settings.isEmpty { members.append(("settings", .array(touched.settings.map(JSONValue.string)))) }
        self = .object(JSONObject(members))
    }

    /// A Lua value, with what JSON can't say told in words: nothing fails.
    init(showing value: LuaValue) {
        switch value {
        case .nil: self = .null
        case .boolean(let flag): self = .bool(flag)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = number.isFinite ? JSONValue(number) : .string(ValueText.number(number))
        case .string(let text): self = .string(text.description)
        case .null: self = .null
        case .opaque(let type): self = .string("<\(type)>")
        case .table(let table):
            guard !table.fields.isEmpty || table.form == .object else {
                self = .array(table.elements.map(JSONValue.init(showing:)))
                return
            }
            let elements = table.elements.enumerated().map { ("\($0.offset + 1)", JSONValue(showing: $0.element)) }
            let fields = table.fields.map { (ValueText(width: nil).plain($0.key), JSONValue(showing: $0.value)) }
            self = .object(JSONObject(elements + fields))
        }
    }
}

extension LuaTable {
    fileprivate static func of(_ fields: [Field]) -> LuaValue {
        var table = LuaTable()
        for field in fields { table[ValueText(width: nil).plain(field.key)] = field.value }
        return .table(table)
    }
}
