import VirtualMachines

/// What a permission is asked for.
public enum PermissionTarget: Sendable {
    /// A guest, read just before.
    case guest(Guest)
    /// A host, by the name or address in the script's words, and a port.
    case endpoint(host: String, port: Int)
    /// A module, by the name that `require` is given.
    case module(String)
}

/// Decides which operations a script may make.
public protocol Policy: Sendable {
    /// Whether anything of that permission is allowed at all, such as `vmm.power_off`; with a scope, whether that is.
    func allows(_ permission: String) -> Bool

    /// Throws ``ScriptError`` (`permission_denied`, naming the flag that would allow it) if the script may not.
    ///
    /// `target` is what is concerned; nil where that is nothing in particular.
    func authorize(_ permission: String, for target: PermissionTarget?) throws(ScriptError)
}

extension Policy {
    /// Whether lists, hints and messages may show the guest.
    func allowsReading(_ guest: Guest) -> Bool {
        do throws(ScriptError) {
            try authorize("vmm.read", for: .guest(guest))
            return true
        } catch {
            return false
        }
    }
}

/// Permissions by name, each for everything or within a scope; a denial beats a grant.
public struct PermissionPolicy: Policy {
    /// The permissions that a script has unless denied.
    public static let granted = ["vmm.read", "vmm.power_on", "vmm.shutdown"]

    private let allowed: [PermissionRule]
    private let denied: [PermissionRule]

    /// The default permissions, those of `allow` too, less those of `deny`.
    public init(allow: [PermissionRule] = [], deny: [PermissionRule] = []) {
        allowed = allow
        denied = deny
    }

    /// Whether something may be treated so; a guest of the scope's name, where there is a scope.
    public func allows(_ permission: String) -> Bool {
        let parts = permission.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first else { return false }
        if parts.count > 1 {
            guard let target = PermissionTarget(of: name, named: parts[1]) else { return false }
            return isAllowed(name, target)
        }
        return (Self.granted.contains(name) || allowed.contains { $0.mayCover(name) })
            && !denied.contains { $0.covers(name, nil) }
    }

    /// Throws ``ScriptError`` (`permission_denied`) unless granted and not denied.
    public func authorize(_ permission: String, for target: PermissionTarget?) throws(ScriptError) {
        guard !isAllowed(permission, target) else { return }
        let guest = target?.guest?.name
        let whom = target.map { " for \($0.name)" } ?? ""
        if let rule = denied.first(where: { $0.covers(permission, target) }) {
            throw ScriptError(
                .permissionDenied,
                "\(permission) is denied\(whom)",
                hint: "--deny \(rule.description.quotedForShell) forbids it",
                guest: guest
            )
        }
        let scope = target.map { ":\($0.name)" } ?? ""
        throw ScriptError(
            .permissionDenied,
            "the script lacks the permission \(permission)\(whom)",
            hint: "allow it with --allow \("\(permission)\(scope)".quotedForShell)",
            guest: guest
        )
    }

    private func isAllowed(_ permission: String, _ target: PermissionTarget?) -> Bool {
        if denied.contains(where: { $0.covers(permission, target) }) { return false }
        return Self.granted.contains(permission) || allowed.contains { $0.covers(permission, target) }
    }
}

extension PermissionTarget {
    /// What a scope names that stands for one thing: `web-1`, `10.0.0.7:443`, `inventory`.
    init?(of permission: String, named name: String) {
        switch permission {
        case "net":
            guard let endpoint = NetworkScope.endpoint(name) else { return nil }
            self = .endpoint(host: endpoint.host, port: endpoint.port)
        case "modules": self = .module(name)
        default:
            self = .guest(Guest(id: GuestID(rawValue: name), name: name, status: .unknown, vcpuCount: 0, memoryMB: 0))
        }
    }

    /// What it is called in messages and in scopes.
    var name: String {
        switch self {
        case .guest(let guest): guest.name
        case .endpoint(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .module(let name): name
        }
    }

    var guest: Guest? {
        guard case .guest(let guest) = self else { return nil }
        return guest
    }
}
