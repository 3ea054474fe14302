import VirtualMachines

/// A permission pattern with an optional scope: `vmm.set`, `vmm.power_off:web-*`, `vmm.*:fw-*`, `net:10.0.0.0/8:443`.
public struct PermissionRule: Sendable, Hashable, CustomStringConvertible {
    /// The permissions that exist.
    public static let permissions = [
        "vmm.read", "vmm.power_on", "vmm.shutdown", "vmm.power_off", "vmm.set", "vmm.delete", "net", "modules",
    ]

    let permission: String
    /// Nil for everything.
    let scope: String?
    let network: NetworkScope?
    private let text: String

    /// Parses `permission` or `permission:scope`.
    ///
    /// Throws ``ScriptError`` for a permission that doesn't exist or a scope that it can't have.
    public init(_ text: String) throws(ScriptError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let permission = parts[0]
        self.permission = permission
        self.text = text
        let scope = parts.count > 1 ? parts[1] : nil
        self.scope = scope.flatMap { $0.allSatisfy { $0 == "*" } ? nil : $0 }
        guard Self.permissions.contains(where: { Glob(permission).matches($0) }), scope != "" else {
            throw Self.unknown(text, permission)
        }
        if let scope { try Self.check(scope, of: permission) }
        // A pattern of permissions, such as *:fw-*, may be about hosts as well as about guests.
        network = Glob(permission).matches("net") ? scope.flatMap(NetworkScope.init) : nil
        if let scope, permission == "net", network == nil {
            throw ScriptError(
                .badArgument,
                "'\(scope)' is no scope of net",
                hint: "write HOST, HOST:PORT or NETWORK/BITS:PORT, as in net:10.0.0.0/8:443 or net:*.lan"
            )
        }
    }

    /// Whether the rule is about that permission for that target; without a scope it is about all of them.
    func covers(_ permission: String, _ target: PermissionTarget?) -> Bool {
        guard mayCover(permission) else { return false }
        guard let scope else { return true }
        switch target {
        case nil: return false
        case .guest(let guest): return coversGuest(guest)
        case .module(let name): return Glob(scope).matches(name)
        case .endpoint(let host, let address, let port):
            return [host, address?.description].compactMap(\.self)
                .contains { network?.contains(host: $0, port: port) ?? false }
        case .lookup(let host, let port): return network?.contains(host: host, port: port) ?? false
        }
    }

    /// Whether the rule may turn out to be about that permission once a name's address is known.
    func mayCover(_ permission: String, _ target: PermissionTarget?) -> Bool {
        guard mayCover(permission), case .lookup(_, let port) = target else { return false }
        return network?.isOfAddresses(at: port) ?? false
    }

    /// Whether the rule is about that permission for some target.
    func mayCover(_ permission: String) -> Bool { Glob(self.permission).matches(permission) }

    /// The rule as it is written.
    public var description: String { text }
}

extension PermissionRule {
    private static func unknown(_ text: String, _ permission: String) -> ScriptError {
        let known =
            "known are \(permissions.joined(separator: ", ")), each with an optional scope: "
            + "vmm.set:web-*, net:10.0.0.0/8:443, modules:inventory"
        let near = permission.contains("*") ? nil : nearNames(to: permission, among: permissions).first
        return ScriptError(
            .badArgument,
            "there is no permission '\(text)'",
            hint: text.contains(",") ? repeating : near.map { "did you mean \($0)?" } ?? known
        )
    }

    private static let repeating = "a permission has no comma: repeat the flag for each"

    /// Throws for a scope that nobody means: a denial of it would let everything pass.
    private static func check(_ scope: String, of permission: String) throws(ScriptError) {
        guard !scope.contains(",") else {
            throw ScriptError(
                .badArgument,
                "'\(scope)' is no scope of \(permission): a scope is one name or pattern, without a comma",
                hint:
                    "repeat the flag for each: \(permission):web-* and \(permission):db-*; write ? for a comma in a name"
            )
        }
        guard scope.first?.isWhitespace == false, scope.last?.isWhitespace == false else {
            throw ScriptError(
                .badArgument,
                "'\(scope)' is no scope of \(permission): it begins or ends with a space",
                hint: "write it without, and repeat the flag for each scope; write ? for a space that is part of a name"
            )
        }
        let isModuleName = scope.wholeMatch(of: /[A-Za-z0-9_.*?-]+/) != nil
        guard permission != "modules" || isModuleName else {
            throw ScriptError(
                .badArgument,
                "'\(scope)' is no scope of modules",
                hint: "write names as require takes them, as in modules:inventory or modules:lib.*"
            )
        }
    }
}
