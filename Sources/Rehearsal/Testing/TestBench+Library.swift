import LuaRuntime
import SimulatedVMM
import VMMScripting
import VirtualMachines

extension TestBench {
    /// `describe`, `it`, `expect` and `sim`, which are written in Lua on the functions below.
    func library() throws(ScriptError) -> TrustedLibrary {
        try TrustedLibrary("testing", source: PackageResources.testing_lua, hostFunctions: testFunctions + runFunctions)
    }

    private var testFunctions: [Binding] {
        [
            .function("sim.wanted", summary: "The id of the test to run.") { [self] _ in
                [test.map { .string($0.id) } ?? .nil]
            },
            .function(
                "sim.declare",
                parameters: [.init("id", .string), .init("name", .string)],
                summary: "Notes a test."
            ) { [self] arguments in
                declare(.init(name: arguments.string("name") ?? "", id: arguments.string("id") ?? ""))
                return []
            },
            .function("sim.begin", summary: "The test begins.") { [self] _ in
                begin()
                return []
            },
            .function("sim.expected", summary: "An expectation is looked at.") { [self] _ in
                noteExpectation()
                return []
            },
            .function(
                "sim.failed",
                parameters: [.init("problem", .string)],
                summary: "The test, or the file, has failed, whatever it makes of that."
            ) { [self] arguments in
                noteFailure(arguments.string("problem") ?? "")
                return []
            },
            .function(
                "sim.cluster",
                parameters: [.init("description", .table)],
                summary: "Replaces the guests."
            ) { [self] arguments in
                try replaceCluster(by: try Cluster(described: arguments["description"]?.table, now: clock.now))
                return []
            },
            .function(
                "sim.fault",
                parameters: [.init("fault", .table)],
                summary: "Lets something go wrong."
            ) { [self] arguments in
                try inject(try InjectedFault(described: arguments["fault"]?.table ?? LuaTable()))
                return []
            },
        ]
    }

    private var runFunctions: [Binding] {
        [
            .function(
                "sim.start",
                parameters: [.init("caller", .string), .init("script", .any), .init("options", .table)],
                summary: "Starts a script."
            ) { [self] arguments in
                let script = try startScript(
                    arguments["script"] ?? .nil,
                    arguments["options"]?.table ?? LuaTable(),
                    calledBy: arguments.string("caller") ?? ""
                )
                return [.integer(Int64(script))]
            },
            .operation(
                "sim.proceed",
                .wait,
                parameters: [.init("goal", .table)],
                summary: "Lets scripts go on until one ended, or a time is over, or one asks something."
            ) { [self] call in
                let goal = call.arguments["goal"]?.table ?? LuaTable()
                let script = goal["run"].wholeNumber.map { Int($0) }
                let time = goal["time"].wholeNumber.map { Timestamp(sinceEpoch: .nanoseconds($0)) } ?? clock.now
                switch try await turns.proceed(to: script.map { .end(of: $0) } ?? .time(time)) {
                case .question(.probe(let kind, let target)):
                    return [.table(LuaTable(["probe": .string(kind), "target": .string(target)]))]
                case .question(.approval(let question)): return [.table(LuaTable(["approval": .string(question)]))]
                case .reached(nil): return []
                case .reached(let run?):
                    if let script { remove(script, failure: run.error) }
                    return [run.luaValue(exitCode: environment.exitCode(run))]
                }
            },
            .function(
                "sim.time_after",
                parameters: [.init("duration", .duration)],
                summary: "The time by the test's clock, in nanoseconds, once so much has passed."
            ) { [self] arguments in
                guard let duration = arguments.duration("duration", default: .zero) else {
                    throw ScriptError(.badArgument, "sim.advance: the time must have an end")
                }
                guard clock.now + duration < start + Self.longestTest else {
                    throw ScriptError(.badArgument, "sim.advance: a test lasts no longer than 100 years")
                }
                let (seconds, attoseconds) = (clock.now + duration).sinceEpoch.components
                return [.integer(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)]
            },
            .function(
                "sim.answer",
                parameters: [.init("yes", .boolean), .init("reason", .string, optional: true)],
                summary: "Answers the question that was asked last."
            ) { [self] arguments in
                turns.answer((arguments.boolean("yes", default: false), arguments.string("reason")))
                return []
            },
        ]
    }

    private func startScript(
        _ name: LuaValue,
        _ options: LuaTable,
        calledBy caller: String
    ) throws(ScriptError) -> Int {
        let tested: TestEnvironment.TestedScript
        switch (name.text, options["source"]) {
        case (let name?, .nil): tested = try environment.script(name)
        case (nil, .string(let source)): tested = .init(name: "source", source: source.bytes)
        default:
            throw ScriptError(
                .badArgument,
                "\(caller): expected either a script's name or option source",
                hint: #"write \#(caller)("restart.lua", { args = … }) or \#(caller){ source = "…" }"#
            )
        }
        var configuration = ScriptHost.Configuration()
        configuration.limits = environment.limits
        configuration.seed = seed
        configuration.orderSeed = seed == 0 ? nil : seed
        configuration.modules = tested.modules
        configuration.policy = PermissionPolicy(
            allow: try rules(options["allow"], of: "\(caller): option allow", default: ["vmm.*"]),
            deny: try rules(options["deny"], of: "\(caller): option deny", default: [])
        )
        let arguments = try texts(options["args"], of: "\(caller): option args") ?? []
        configuration.locks = locks
        configuration.coversLines = coversLines && options["source"].isNil
        return start { number in
            ScriptUnderTest(number, on: self, configuration: configuration) { [self] configuration in
                await RehearsedRun(
                    of: tested.source,
                    named: tested.name,
                    arguments: arguments,
                    on: TestMachines(self, hasFaults: true),
                    startingFrom: cluster,
                    configuration
                )
            }
        }
    }

    private func rules(
        _ value: LuaValue,
        of option: String,
        default words: [String]
    ) throws(ScriptError) -> [PermissionRule] {
        var rules: [PermissionRule] = []
        for word in try texts(value, of: option) ?? words { rules.append(try PermissionRule(word)) }
        return rules
    }

    /// Numbers and booleans are taken as they would be written on the command line.
    private func texts(_ value: LuaValue, of option: String) throws(ScriptError) -> [String]? {
        guard let table = value.table else { return nil }
        var texts: [String] = []
        for element in table.elements {
            switch element {
            case .string(let text): texts.append(text.description)
            case .integer(let number): texts.append("\(number)")
            case .number(let number): texts.append("\(number)")
            case .boolean(let value): texts.append("\(value)")
            default: throw ScriptError(.badArgument, "\(option) holds a \(element.typeName), not text")
            }
        }
        guard table.fields.isEmpty else {
            throw ScriptError(
                .badArgument,
                "\(option) must be an array of strings",
                hint: #"write args = { "web-*", "batch=2" }"#
            )
        }
        return texts
    }
}
