import LuaRuntime

/// A function that scripts call, declared once: whatever checks, documents or completes it reads this.
public struct Binding: Sendable {
    /// A parameter, or an option in the options table.
    public struct Parameter: Sendable {
        /// The name.
        public let name: String
        /// The type.
        public let type: ValueType
        /// Whether it may be left out.
        public let isOptional: Bool
        /// What stands for it when it is left out, as Lua is written.
        public let defaultText: String?

        /// Declares a parameter; one with a default is optional.
        public init(_ name: String, _ type: ValueType, optional: Bool = false, default defaultText: String? = nil) {
            self.name = name
            self.type = type
            self.isOptional = optional || defaultText != nil
            self.defaultText = defaultText
        }
    }

    /// What the function does.
    enum Body: Sendable {
        /// An effect: it becomes an operation and passes the seam.
        case operation(@Sendable (Arguments) throws(ScriptError) -> Operation.Action)
        /// No effect: it answers on the spot.
        case function(@Sendable (Arguments) throws -> LuaEncoder)
        /// Written in Lua, in a file of this module.
        case lua
    }

    /// An asynchronous function of the embedding program.
    public typealias CustomBody = @Sendable (CustomInvocation) async throws -> [LuaValue]

    /// A call of a custom function.
    public struct CustomInvocation: Sendable {
        /// The arguments, checked against the declaration.
        public let arguments: Arguments
        /// Identity of the operation within its run.
        public let operation: OperationID
    }

    /// The full name, such as `vmm.power_on`.
    public let name: String
    /// The positional parameters.
    public let parameters: [Parameter]
    /// The options of the table behind them; empty if the function takes none.
    public let options: [Parameter]
    /// Whether further arguments of any type may follow.
    public let isVariadic: Bool
    /// What it returns, in words.
    public let results: String
    /// The kinds of error that it raises besides those common to all.
    public let errors: [ErrorKind]
    /// The permission that it needs.
    public let permission: String?
    /// One line.
    public let summary: String
    /// What else is to be known.
    public let text: String
    /// An example, in Lua.
    public let example: String
    let body: Body

    init(
        _ name: String,
        parameters: [Parameter] = [],
        options: [Parameter] = [],
        isVariadic: Bool = false,
        results: String = "",
        errors: [ErrorKind] = [],
        permission: String? = nil,
        summary: String,
        text: String = "",
        example: String = "",
        body: Body
    ) {
        self.name = name
        self.parameters = parameters
        self.options = options
        self.isVariadic = isVariadic
        self.results = results
        self.errors = errors
        self.permission = permission
        self.summary = summary
        self.text = text
        self.example = example
        self.body = body
    }

    /// Declares a synchronous function of the embedding program: it must not block, and has no effect to journal.
    public static func function(
        _ name: String,
        parameters: [Parameter] = [],
        results: String = "",
        summary: String,
        example: String = "",
        body: @escaping @Sendable (Arguments) throws -> [LuaValue]
    ) -> Binding {
        Binding(
            name,
            parameters: parameters,
            results: results,
            summary: summary,
            example: example,
            body: .function { LuaEncoder(try body($0)) }
        )
    }

    /// Declares an asynchronous function of the embedding program: an operation of that class, which passes the seam.
    public static func operation(
        _ name: String,
        _ operationClass: OperationClass,
        parameters: [Parameter] = [],
        results: String = "",
        permission: String? = nil,
        summary: String,
        example: String = "",
        body: @escaping CustomBody
    ) -> Binding {
        Binding(
            name,
            parameters: parameters,
            results: results,
            permission: permission,
            summary: summary,
            example: example,
            body: .operation { arguments throws(ScriptError) in
                .custom(
                    Operation.CustomCall(
                        arguments: arguments.values,
                        operationClass: operationClass,
                        checked: arguments,
                        body: body
                    )
                )
            }
        )
    }

    /// How it is called: `vmm.power_off(ref, {force=false}) -> task`.
    public var signature: String {
        var parts = parameters.map { $0.isOptional ? "[\($0.name)]" : $0.name }
        if !options.isEmpty {
            let fields = options.map { "\($0.name)=\($0.defaultText ?? "")" }.joined(separator: ", ")
            // Order is subject, options table, function last.
            let index = parameters.last?.type == .function ? parts.count - 1 : parts.count
            parts.insert("{\(fields)}", at: index)
        }
        if isVariadic { parts.append("...") }
        return "\(name)(\(parts.joined(separator: ", ")))" + (results.isEmpty ? "" : " -> \(results)")
    }
}
