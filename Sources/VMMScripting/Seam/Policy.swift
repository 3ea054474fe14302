import VirtualMachines

/// Decides which operations a script may make.
public protocol Policy: Sendable {
    /// Whether anything of that permission is allowed at all, such as `vmm.power_off`.
    func allows(_ permission: String) -> Bool

    /// Throws ``ScriptError`` (`permission_denied`, naming the flag that would allow it) if the script may not.
    ///
    /// `guest` is the guest concerned, read just before; nil for what concerns none.
    func authorize(_ permission: String, guest: Guest?) throws(ScriptError)
}

/// Permissions by name, each for all guests or for those of a name or id pattern; a denial beats a grant.
public struct PermissionPolicy: Policy {
    /// A permission pattern with an optional guest pattern: `vmm.set`, `vmm.power_off:web-*`, `vmm.*:fw-*`.
    public struct Rule: Sendable, Hashable {
        let permission: String
        let scope: String?

        /// Parses `permission` or `permission:scope`.
        ///
        /// Throws ``ScriptError`` for a permission that doesn't exist.
        public init(_ text: String) throws(ScriptError) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            permission = parts[0]
            scope = parts.count > 1 ? parts[1] : nil
            guard PermissionPolicy.known.contains(where: { Glob(parts[0]).matches($0) }), scope != "" else {
                throw ScriptError(
                    .badArgument,
                    "there is no permission '\(text)'",
                    hint:
                        "known are \(PermissionPolicy.known.joined(separator: ", ")), each with an optional guest pattern as in vmm.set:web-*"
                )
            }
        }

        func covers(_ permission: String, _ guest: Guest?) -> Bool {
            guard Glob(self.permission).matches(permission) else { return false }
            guard let scope, let guest else { return scope == nil }
            return Glob(scope).matches(guest.name) || scope == guest.id.rawValue
        }

        func mayCover(_ permission: String) -> Bool { Glob(self.permission).matches(permission) }
    }

    /// The permissions that exist.
    public static let known = [
        "vmm.read", "vmm.power_on", "vmm.shutdown", "vmm.power_off", "vmm.set", "vmm.delete",
    ]
    /// The permissions that a script has unless denied.
    public static let granted = ["vmm.read", "vmm.power_on", "vmm.shutdown"]

    private let allowed: [Rule]
    private let denied: [Rule]

    /// The default permissions, those of `allow` too, less those of `deny`.
    public init(allow: [Rule] = [], deny: [Rule] = []) {
        allowed = allow
        denied = deny
    }

    /// Whether some guest may be treated so.
    public func allows(_ permission: String) -> Bool {
        let parts = permission.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first else { return false }
        if parts.count > 1 {
            let guest = Guest(
                id: GuestID(rawValue: parts[1]),
                name: parts[1],
                status: .unknown,
                vcpuCount: 0,
                memoryMB: 0
            )
            return isAllowed(name, guest)
        }
        return (Self.granted.contains(name) || allowed.contains { $0.mayCover(name) })
            && !denied.contains { $0.covers(name, nil) }
    }

    /// Throws ``ScriptError`` (`permission_denied`) unless granted and not denied.
    public func authorize(_ permission: String, guest: Guest?) throws(ScriptError) {
        guard !isAllowed(permission, guest) else { return }
        let scoped = guest.map { "\(permission):\($0.name)" } ?? permission
        if let rule = denied.first(where: { $0.covers(permission, guest) }) {
            throw ScriptError(
                .permissionDenied,
                "\(permission) is denied\(guest.map { " for \($0.name)" } ?? "")",
                hint: "--deny '\(rule.permission)\(rule.scope.map { ":" + $0 } ?? "")' forbids it",
                guest: guest?.name
            )
        }
        throw ScriptError(
            .permissionDenied,
            "the script lacks the permission \(permission)\(guest.map { " for \($0.name)" } ?? "")",
            hint: "allow it with --allow '\(scoped)'",
            guest: guest?.name
        )
    }

    private func isAllowed(_ permission: String, _ guest: Guest?) -> Bool {
        if denied.contains(where: { $0.covers(permission, guest) }) { return false }
        return Self.granted.contains(permission) || allowed.contains { $0.covers(permission, guest) }
    }
}
