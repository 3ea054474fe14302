import LuaRuntime
import VirtualMachines

/// Why a script, or one call of it, did not do what it was asked to; ``Fields`` lists what it tells.
///
/// The fields are kept apart: every call that may throw holds room for an error, and thousands may wait at once.
@dynamicMemberLookup
public struct ScriptError: Error, Sendable {
    private indirect enum Storage {
        case fields(Fields)
    }

    private var storage: Storage

    /// Describes a failure.
    public init(_ kind: ErrorKind, _ message: String, hint: String? = nil, guest: String? = nil, cause: String? = nil) {
        storage = .fields(Fields(kind: kind, message: message, hint: hint, guest: guest, cause: cause))
    }

    /// A field of the error.
    public subscript<Value>(dynamicMember field: WritableKeyPath<Fields, Value>) -> Value {
        get {
            switch storage {
            case .fields(let fields): fields[keyPath: field]
            }
        }
        set {
            switch storage {
            case .fields(var fields):
                fields[keyPath: field] = newValue
                storage = .fields(fields)
            }
        }
    }
}

extension ScriptError {
    /// What an error tells.
    public struct Fields: Sendable {
        /// The kind; for an error that leaves a run it is the host's own record, which a script can't forge.
        public var kind: ErrorKind
        /// One line for a person.
        public var message: String
        /// What to do next, one line.
        public var hint: String?
        /// The guest concerned, by name or id.
        public var guest: String?
        /// How the guest was last seen, for a wait that failed.
        public var seen: GuestStatus?
        /// The limit that ended the script, for an error of kind `limit_exceeded`.
        public var limit: LuaLimit?
        /// The web API that answered, with its method and error code.
        public var api: (name: String, method: String?, code: Int?)?
        /// What lies beneath, in its own words.
        public var cause: String?
        /// Where in the script it happened.
        public var position: LuaError.Position?
        /// Lua's traceback.
        public var traceback: String?
        /// Whether the source is not Lua.
        public var isSyntaxError = false
        /// Whether more source could complete it: a session reads on then.
        public var isIncomplete = false
        /// Further fields of the error table.
        public var details: LuaTable = LuaTable()
    }

    /// A failure of the machines' manager, as a script sees it.
    public init(_ error: VMMError) {
        self.init(
            ErrorKind(error.code),
            error.message,
            hint: error.hint,
            guest: error.guest,
            cause: error.cause
        )
        if let api = error.api { self.api = (api, error.method, error.apiCode) }
    }

    /// A failure that concerns a guest, which people know by its name rather than by its id.
    init(_ error: VMMError, about id: GuestID, name: String) {
        self.init(error)
        self.message = self.message.replacing(id.rawValue, with: name)
        self.guest = name
    }

    /// What ended a script.
    public init(_ error: LuaError) {
        self.init(error.kind.flatMap(ErrorKind.init(rawValue:)) ?? .script, error.message)
        self.position = error.position
        self.traceback = error.traceback
        self.isSyntaxError = error.code == .syntax
        self.isIncomplete = error.isIncomplete
        if error.code == .killed { self.kind = .interrupted }
        if error.code == .argument || error.code == .conversion { self.kind = .badArgument }
        // An error that a script made has a hint too, if it likes; the other fields are the host's to fill.
        self.hint = error.fields?["hint"].text
        guard error.code == .host, let fields = error.fields else { return }
        self.guest = fields["guest"].text
        self.cause = fields["cause"].text
        if let api = fields["api"].text {
            self.api = (api, fields["method"].text, fields["code"].wholeNumber.map(Int.init))
        }
    }

    /// Any error, as a script sees it.
    init(any error: any Error) {
        switch error {
        case let error as ScriptError: self = error
        case let error as VMMError: self.init(error)
        case let error as LuaError: self.init(error)
        case is CancellationError: self.init(.cancelled, "the script was cancelled")
        default: self.init(.script, String(describing: error))
        }
    }
}

extension ScriptError: LuaErrorConvertible {
    /// The fields of the error table that lua-api.md lists.
    public var luaErrorFields: LuaTable {
        var fields = self.details
        fields["kind"] = .string(self.kind.rawValue)
        fields["message"] = .string(self.message)
        fields["hint"] = self.hint.map(LuaValue.string) ?? .nil
        fields["guest"] = self.guest.map(LuaValue.string) ?? .nil
        fields["cause"] = self.cause.map(LuaValue.string) ?? .nil
        if let api = self.api {
            fields["api"] = .string(api.name)
            fields["method"] = api.method.map(LuaValue.string) ?? .nil
            fields["code"] = api.code.map { .integer(Int64($0)) } ?? .nil
        }
        return fields
    }
}

extension ScriptError: CustomStringConvertible {
    /// Position, message and hint on one line.
    public var description: String {
        let place = self.position.map { "\($0.chunk):\($0.line): " } ?? ""
        return place + self.message + (self.hint.map { " (\($0))" } ?? "")
    }
}
