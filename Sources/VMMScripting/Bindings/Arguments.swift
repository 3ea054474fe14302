import LuaRuntime
import VirtualMachines

/// The arguments of one call, checked against the function's declaration.
public struct Arguments: Sendable {
    /// The arguments as the script gave them.
    public let values: [LuaValue]
    private let named: [String: LuaValue]

    /// Checks `values`.
    ///
    /// Throws ``ScriptError`` (`bad_argument`) naming function, argument, what came and what was expected.
    init(_ values: [LuaValue], for binding: Binding) throws(ScriptError) {
        self.values = values
        var named: [String: LuaValue] = [:]
        var rest = values[...]
        for (index, parameter) in binding.parameters.enumerated() {
            // Options stand before a function that comes last; either may be left out.
            let isTrailing = parameter.type == .function && index == binding.parameters.count - 1
            if isTrailing, !binding.options.isEmpty { try Self.takeOptions(&rest, for: binding, into: &named) }
            let value = rest.first ?? .nil
            rest = rest.dropFirst()
            if value.isNil, parameter.isOptional || parameter.type == .any { continue }
            try Self.check(value, parameter, of: binding, what: "argument \(index + 1) (\(parameter.name))")
            named[parameter.name] = value
        }
        if !binding.options.isEmpty { try Self.takeOptions(&rest, for: binding, into: &named) }
        if !binding.isVariadic, let extra = rest.first(where: { !$0.isNil }) {
            throw ScriptError(
                .badArgument,
                "\(binding.name): \(extra.brief) is one argument too many",
                hint: "write \(binding.signature)"
            )
        }
        self.named = named
    }

    private static func takeOptions(
        _ rest: inout ArraySlice<LuaValue>,
        for binding: Binding,
        into named: inout [String: LuaValue]
    ) throws(ScriptError) {
        guard let first = rest.first, first.typeName == "table" || first.isNil else { return }
        rest = rest.dropFirst()
        guard let table = first.table else { return }
        if let element = table.elements.first {
            throw ScriptError(
                .badArgument,
                "\(binding.name): the options table holds \(element.brief) without a name",
                hint: "write \(binding.signature)"
            )
        }
        for field in table.fields {
            let name = field.key.text ?? field.key.brief
            guard let option = binding.options.first(where: { $0.name == name }) else {
                let known = binding.options.map(\.name)
                let near = nearNames(to: name, among: known).first.map { "did you mean \($0)? " } ?? ""
                throw ScriptError(
                    .badArgument,
                    "\(binding.name): there is no option '\(name)'",
                    hint: "\(near)known are \(known.joined(separator: ", "))"
                )
            }
            try check(field.value, option, of: binding, what: "option \(name)")
            named[name] = field.value
        }
    }

    private static func check(
        _ value: LuaValue,
        _ parameter: Binding.Parameter,
        of binding: Binding,
        what: String
    ) throws(ScriptError) {
        if case .operation = binding.body, case .string(let text) = value, text.utf8 == nil {
            // A NAS takes text alone: what the bytes would be turned into is not what the script means.
            throw ScriptError(
                .badArgument,
                "\(binding.name): \(what) is not UTF-8: \(value.brief)",
                hint: "save the script as UTF-8"
            )
        }
        guard !parameter.type.accepts(value) else { return }
        throw ScriptError(
            .badArgument,
            "\(binding.name): \(what) must be \(parameter.type.expectation), not \(value.brief)",
            hint: "write \(binding.signature)"
        )
    }

    /// The argument or option of that name; nil where it was left out.
    public subscript(name: String) -> LuaValue? { named[name] }

    /// A guest reference.
    public func guest(_ name: String) throws(ScriptError) -> GuestReference {
        try unwrap(named[name].flatMap(GuestReference.init), name)
    }

    /// A task reference.
    func task(_ name: String) throws(ScriptError) -> TaskReference {
        try unwrap(named[name].flatMap(TaskReference.init), name)
    }

    /// Status words.
    func statuses(_ name: String) throws(ScriptError) -> [GuestStatus] {
        try unwrap(named[name].flatMap([GuestStatus].init(luaValue:)), name)
    }

    /// A duration, or what stands for it; nil is one that never ends.
    public func duration(_ name: String, default fallback: Duration) -> Duration? {
        let duration = named[name].flatMap(Duration.init(luaValue:)) ?? fallback
        return duration >= .longest ? nil : duration
    }

    /// A whole number, where it was given.
    public func integer(_ name: String) -> Int? { named[name]?.wholeNumber.flatMap { Int(exactly: $0) } }

    /// A boolean, or what stands for it.
    public func boolean(_ name: String, default fallback: Bool) -> Bool {
        guard case .boolean(let value) = named[name] else { return fallback }
        return value
    }

    /// A string, where it was given.
    public func string(_ name: String) -> String? { named[name]?.text }

    private func unwrap<Value>(_ value: Value?, _ name: String) throws(ScriptError) -> Value {
        guard let value else { throw ScriptError(.badArgument, "argument \(name) is missing") }
        return value
    }
}
