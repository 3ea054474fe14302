import LuaRuntime
import Synchronization
import VirtualMachines

/// Builds what a script sees: each declaration becomes a function that checks its arguments and does its work.
struct HostTables {
    let manager: any VirtualMachineManager
    let configuration: ScriptHost.Configuration
    let reporters: [any Reporter]
    let record: RunRecord
    let heldLocks: HeldLocks
    let scriptName: String
    /// Nil for a script that is only asked what arguments it takes.
    let arguments: [String]?

    /// All functions that a script sees with `configuration`.
    static func bindings(_ configuration: ScriptHost.Configuration) -> [Binding] {
        Binding.vmm + [.tcpProbe, .approve] + Binding.json + LuaLibrary.bindings + configuration.bindings
            + configuration.libraries.flatMap { $0.declarations.values.sorted { $0.name < $1.name } }
    }

    func define(in state: LuaState) async throws(LuaError) {
        let seam = seam(on: state.thread)
        try await state.defineOperations(Binding.vmm + [.tcpProbe, .approve] + configuration.bindings, seam)
        let wrapped: [Binding] = [.listGuests, .findGuests, .statuses, .httpAnswer, .takeLock]
        try await state.defineOperations(wrapped, wrapped: true, seam)
        try await state.defineFunctions(Binding.json + configuration.bindings)
        try await defineHostFunctions(in: state)
        try await defineScriptTable(in: state)
        try await defineArgumentCheck(in: state)
        for file in LuaLibrary.files { try await state.runTrusted(file.source, chunkName: "[\(file.name)]") }
        for library in configuration.libraries {
            try await state.defineOperations(library.hostFunctions, wrapped: true, seam)
            try await state.defineFunctions(library.hostFunctions, wrapped: true)
            try await state.runTrusted(library.source, chunkName: "[\(library.name)]")
        }
        // It looks at every defined name.
        try await state.runTrusted(LuaLibrary.names.source, chunkName: "[\(LuaLibrary.names.name)]")
    }

    private func seam(on thread: LuaThread) -> Seam {
        let executor = OperationExecutor(
            manager: manager,
            configuration: configuration,
            heldLocks: heldLocks,
            scriptName: scriptName,
            executor: thread
        )
        return Seam(
            executor: executor,
            journal: configuration.journal,
            reporters: reporters,
            clock: configuration.clock,
            record: record
        )
    }

    private func defineHostFunctions(in state: LuaState) async throws(LuaError) {
        let record = record
        let start = record.lastDelivery
        // The clock stands still between deliveries, so that a replay reads the same times.
        try await state.define("host.now", privileged: true) { call in
            record.noteReadingOfClock()
            call.return(.number(record.timeOfDay.seconds))
        }
        // host.clock() -> as host.elapsed, for the script itself
        try await state.define("host.clock", privileged: true) { call in
            record.noteReadingOfClock()
            call.return(.number((record.lastDelivery - start).inSeconds))
        }
        try await state.define("host.elapsed", privileged: true) { call in
            call.return(.number((record.lastDelivery - start).inSeconds))
        }
        try await state.define("host.raise", privileged: true) { call in
            throw ScriptError(.badArgument, try call.string(1).description)
        }
        // host.is_cancelled() -> whether the run is, rather than a task of it
        try await state.define("host.is_cancelled", privileged: true) { call in
            call.return(.boolean(record.isCancelled))
        }
        // host.power_asked(guest_id) -> what the script has asked of its power as the last, whether it has not seen that done, and
        // whether this task asked; or nil
        try await state.define("host.power_asked", privileged: true) { call in
            guard let asked = record.askedPower(of: GuestID(rawValue: try call.name(1))) else { return }
            call.return(
                .string(LuaString(asked.action.rawValue)),
                .boolean(asked.isPending),
                .boolean(asked.task == call.path)
            )
        }
        // host.aim(guest_id, status): the script takes the guest there, by whatever writes
        try await state.define("host.aim", privileged: true) { call in
            guard let status = GuestStatus(rawValue: try call.name(2)) else { return }
            record.aims(GuestID(rawValue: try call.name(1)), at: status)
        }
        let heldLocks = heldLocks
        try await state.define("host.flow.unlock", privileged: true) { call in
            heldLocks.release(Int(try call.integer(1)))
        }
        try await defineFailures(in: state)
        let output = OutputMeter(limit: configuration.limits.output)
        try await defineSteps(in: state, countedBy: output)
        try await state.define("host.matches", privileged: true) { call in
            call.return(.boolean(Glob(try call.name(1)).matches(try call.name(2))))
        }
        // host.normal_form(text) -> the form in which names are compared; nobody calls what is longer by its name
        try await state.define("host.normal_form", privileged: true) { call in
            let text = try call.string(1)
            let form = text.bytes.count > 4096 ? nil : text.utf8?.normalForm
            call.return(.string(form.map { LuaString($0) } ?? text))
        }
        try await defineText(in: state)
        try await defineOutput(in: state, countedBy: output)
    }

    /// What library functions raise, and what they say of time.
    private func defineFailures(in state: LuaState) async throws(LuaError) {
        try await state.define("host.fail", privileged: true) { call in
            let fields = try call.value(1).table ?? LuaTable()
            throw ScriptError(
                fields["kind"].text.flatMap(ErrorKind.init(rawValue:)) ?? .script,
                fields["message"].text ?? "",
                hint: fields["hint"].text,
                guest: fields["guest"].text,
                cause: fields["cause"].text
            )
        }
        // host.near(text, names) -> up to three of the names that differ little from the text
        try await state.define("host.near", privileged: true) { call in
            let names = try call.value(2).table?.elements.compactMap(\.text) ?? []
            let near = nearNames(to: try call.string(1).description, among: names)
            call.return(.table(LuaTable(elements: near.map(LuaValue.string))))
        }
        // host.check_kinds(what, kinds | nil): raises for a word that is no kind of error
        try await state.define("host.check_kinds", privileged: true) { call in
            let what = try call.string(1).description
            for word in try call.value(2).table?.elements ?? [] {
                guard word.text.flatMap(ErrorKind.init(rawValue:)) == nil else { continue }
                throw ErrorKind.unknown(word, what)
            }
        }
        try await state.define("host.seconds", privileged: true) { call in
            let value = try call.value(1)
            guard let duration = Duration(luaValue: value) else {
                throw ScriptError(.badArgument, "expected \(ValueType.duration.expectation)")
            }
            call.return(.number(duration.inSeconds))
        }
        try await state.define("host.brief", privileged: true) { call in
            call.return(.string(Duration(clampingSeconds: try call.number(1)).brief))
        }
    }

    /// Steps are shown, so they count as output.
    private func defineSteps(in state: LuaState, countedBy output: OutputMeter) async throws(LuaError) {
        let clock = configuration.clock
        let reporters = reporters
        let steps = Mutex<(last: Int, open: [Int: StepReport])>((0, [:]))
        // host.begin_step(name, guest | nil, id of the outer step | nil) -> id
        try await state.define("host.begin_step", privileged: true) { [weak state] call in
            let name = try call.name(1)
            let guest = try call.value(2).text
            guard output.spend(StepReport.size + name.utf8.count + (guest?.utf8.count ?? 0)) else {
                state?.exceed(.output)
                return
            }
            let parent = try call.value(3).wholeNumber.map(Int.init)
            let (now, path) = (clock.now, call.path)
            let report = steps.withLock { steps in
                steps.last += 1
                let report = StepReport(
                    id: steps.last,
                    parent: parent,
                    path: path,
                    name: name,
                    guest: guest,
                    start: now,
                    time: now
                )
                steps.open[report.id] = report
                return report
            }
            for reporter in reporters { reporter.report(.stepBegan(report)) }
            call.return(Int64(report.id))
        }
        // host.end_step(id, failure | nil)
        try await state.define("host.end_step", privileged: true) { [weak state] call in
            let id = Int(try call.integer(1))
            guard let begun = steps.withLock({ $0.open.removeValue(forKey: id) }) else { return }
            let report = StepReport(
                id: id,
                parent: begun.parent,
                path: begun.path,
                name: begun.name,
                guest: begun.guest,
                start: begun.start,
                time: clock.now
            )
            let failure = try call.value(2).text
            guard output.spend(StepReport.size + report.name.utf8.count + (failure?.utf8.count ?? 0)) else {
                state?.exceed(.output)
                return
            }
            for reporter in reporters { reporter.report(.stepEnded(report, failure: failure)) }
        }
        try await state.define("host.share", privileged: true) { call in
            guard let share = Share(try call.value(1)) else {
                throw ScriptError(.badArgument, "expected \(ValueType.share.expectation)")
            }
            call.return(Int64(share.count(of: Int(try call.integer(2)))))
        }
    }

    private func defineText(in state: LuaState) async throws(LuaError) {
        // host.shown(text) -> the text as a terminal shows it, and how many columns it takes there
        try await state.define("host.shown", privileged: true) { call in
            let text = try call.string(1)
            // It is measured on the Lua thread, where nothing can end that.
            guard text.bytes.count <= 256 << 10 else {
                throw ScriptError(.badArgument, "a text that is to be aligned has 256 KiB at most", hint: "print it")
            }
            let shown = text.description.escapingControls
            call.return(.string(shown), .integer(Int64(shown.columns)))
        }
    }

    private func defineOutput(in state: LuaState, countedBy output: OutputMeter) async throws(LuaError) {
        let clock = configuration.clock
        let reporters = reporters
        try await state.define("host.print", privileged: true) { [weak state] call in
            let line = try call.string(1).bytes + [UInt8(ascii: "\n")]
            guard output.spend(line.count) else {
                state?.exceed(.output)
                return
            }
            for reporter in reporters { reporter.report(.printed(line)) }
        }
        try await state.define("host.log", privileged: true) { [weak state] call in
            let entry = LogEntry(
                time: clock.now,
                level: LogEntry.Level(rawValue: try call.string(1).description) ?? .info,
                message: try call.logMessage(2),
                fields: try call.value(3, limits: .logFields).table?.fields ?? []
            )
            guard output.spend(entry.size) else {
                state?.exceed(.output)
                return
            }
            for reporter in reporters { reporter.report(.logged(entry)) }
        }
    }

    private func defineScriptTable(in state: LuaState) async throws(LuaError) {
        let record = record
        let arguments = arguments
        let policy = configuration.policy
        let name = scriptName
        try await state.define("host.script_name", privileged: true) { call in call.return(.string(name)) }
        let raw = LuaTable(elements: (arguments ?? []).map(LuaValue.string))
        try await state.define("host.raw_arguments", privileged: true) { call in call.return(.table(raw)) }
        try await state.define("host.allows", privileged: true) { call in
            call.return(.boolean(policy.allows(try call.name(1))))
        }
        // host.authorize(permission, guest_id, guest_name): raises permission_denied, with the flag that allows it
        try await state.define("host.authorize", privileged: true) { call in
            let guest = Guest(
                id: GuestID(rawValue: try call.name(2)),
                name: try call.name(3),
                status: .unknown,
                vcpuCount: nil,
                memoryMB: nil
            )
            try policy.authorize(try call.name(1), for: .guest(guest))
        }
        let command = configuration.command
        // host.command(script, arguments by name) -> the command line
        try await state.define("host.command", privileged: true) { call in
            let arguments = (try call.value(2).table ?? LuaTable()).fields
                .compactMap { field in
                    field.key.text.flatMap { name in field.value.plain.map { "\(name)=\($0)" } }
                }
            call.return(.string(LuaString(command.line(running: try call.name(1), arguments))))
        }
        let modules = configuration.modules
        try await state.define("host.module", privileged: true) { call in
            let name = try call.name(1)
            try policy.authorize("modules", for: .module(name))
            guard let modules else {
                throw ScriptError(.notFound, "require: there are no modules here: the script is not a file of its own")
            }
            let module = try modules.module(name)
            call.return(.string(LuaString(bytes: module.source)), .string(module.file))
        }
        try await state.define("host.arguments", privileged: true) { [weak state] call in
            var usage = try ScriptUsage(declaration: try call.value(1))
            defer { record.usage = usage }
            guard let arguments else {
                // Only the declaration was wanted: nothing behind it may run.
                state?.kill()
                return
            }
            call.return(.table(try usage.values(of: arguments)))
        }
    }

    /// `host.check(name, ...)` checks the arguments of a function that is written in Lua against its declaration.
    private func defineArgumentCheck(in state: LuaState) async throws(LuaError) {
        let libraries = configuration.libraries
        try await state.define("host.check", privileged: true) { call in
            let name = try call.string(1).description
            guard
                let binding = LuaLibrary.bindingsByName[name]
                    ?? libraries.lazy.compactMap({ $0.declarations[name] }).first
            else { return }
            var values: [LuaValue] = []
            for position in stride(from: 2, through: call.count, by: 1) {
                values.append(try call.shape(position))
            }
            _ = try Arguments(values, for: binding)
        }
    }
}

extension LuaState {
    /// Defines operations; those that Lua wraps go among the privileged globals, in `host`.
    fileprivate func defineOperations(
        _ bindings: [Binding],
        wrapped isWrapped: Bool = false,
        _ seam: Seam
    ) throws(LuaError) {
        for binding in bindings {
            guard let function = OperationFunction(binding, seam) else { continue }
            try defineAsync(isWrapped ? "host.\(binding.name)" : binding.name, privileged: isWrapped) { call in
                try await function.seam.perform(try function.begin(call))
            }
        }
    }

    /// Defines functions that answer on the spot; those that Lua wraps go among the privileged globals, in `host`.
    fileprivate func defineFunctions(_ bindings: [Binding], wrapped isWrapped: Bool = false) throws(LuaError) {
        for binding in bindings {
            guard case .function(let body) = binding.body else { continue }
            try define(isWrapped ? "host.\(binding.name)" : binding.name, privileged: isWrapped) { call in
                call.return(try body(try Arguments(try call.values(), for: binding)))
            }
        }
    }
}

extension LuaValue {
    /// The value as one gives it on a command line; nil for one that can't be given there.
    fileprivate var plain: String? {
        switch self {
        case .string(let text): text.description
        case .integer(let number): "\(number)"
        case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .boolean(let flag): "\(flag)"
        default: nil
        }
    }
}

extension ConversionLimits {
    /// The fields of a line in the log.
    fileprivate static var logFields: ConversionLimits {
        var limits = ConversionLimits()
        limits.count = 1000
        limits.bytes = 256 << 10
        return limits
    }
}

extension LuaCall {
    /// What is logged is escaped on the Lua thread, where nothing can end that.
    fileprivate func logMessage(_ position: Int) throws -> String {
        let text = try string(position)
        guard text.bytes.count <= 256 << 10 else {
            throw ScriptError(.badArgument, "a message in the log has 256 KiB at most", hint: "print it")
        }
        return text.description
    }

    /// A name or a pattern of names; what is done with it takes time in proportion to its length, or its square.
    fileprivate func name(_ position: Int) throws -> String {
        let text = try string(position)
        guard text.bytes.count <= 1024 else {
            throw ScriptError(.badArgument, "a name, or a pattern of names, is longer than 1024 bytes")
        }
        return text.description
    }
}

/// A function that makes operations: a reference, as each call that waits holds one.
private final class OperationFunction: Sendable {
    let seam: Seam
    private let binding: Binding
    private let makeAction: @Sendable (Arguments) throws(ScriptError) -> Operation.Action

    /// Nil for a function that has no effect.
    init?(_ binding: Binding, _ seam: Seam) {
        guard case .operation(let makeAction) = binding.body else { return nil }
        self.seam = seam
        self.binding = binding
        self.makeAction = makeAction
    }

    /// The operation that a call asks for, once its arguments are checked.
    @inline(never)
    func begin(_ call: LuaAsyncCall) throws(ScriptError) -> OperationProgress {
        let operation = Operation(
            id: OperationID(path: call.path, sequence: call.sequence),
            name: binding.name,
            permission: binding.permission,
            action: try makeAction(try Arguments(call.arguments, for: binding))
        )
        return OperationProgress(operation, seam)
    }
}
