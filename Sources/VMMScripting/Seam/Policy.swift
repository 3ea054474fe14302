import VirtualMachines

/// What a permission is asked for.
public enum PermissionTarget: Sendable {
    /// A guest, read just before.
    case guest(Guest)
    /// A port of a host, by the name or address in the script's words, and the address that would be connected to, where
    /// that is known.
    ///
    /// A rule is about it that is about the one or the other. So it is allowed where a grant names the host or holds the
    /// address, and denied where a denial does either.
    case endpoint(host: String, address: IPAddress?, port: Int)
    /// A host's name before it is looked up for that port.
    ///
    /// Allowed where its endpoint may turn out to be: a grant names the host or is about addresses, and no denial names it.
    case lookup(host: String, port: Int)
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

    let allowed: [PermissionRule]
    let denied: [PermissionRule]

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
        let scope = target.map { ":\($0.grantableScope)" } ?? ""
        throw ScriptError(
            .permissionDenied,
            "the script lacks the permission \(permission)\(whom)",
            hint: "allow it with --allow \("\(permission)\(scope)".quotedForShell)",
            guest: guest
        )
    }

    private func isAllowed(_ permission: String, _ target: PermissionTarget?) -> Bool {
        if denied.contains(where: { $0.covers(permission, target) }) { return false }
        return Self.granted.contains(permission)
            || allowed.contains { $0.covers(permission, target) || $0.mayCover(permission, target) }
    }
}

extension PermissionTarget {
    /// What a scope names that stands for one thing: `web-1`, `10.0.0.7:443`, `inventory`.
    init?(of permission: String, named name: String) {
        switch permission {
        case "net":
            guard let endpoint = NetworkScope.endpoint(name) else { return nil }
            self = .endpoint(host: endpoint.host, address: IPAddress(endpoint.host), port: endpoint.port)
        case "modules": self = .module(name)
        default:
            self = .guest(Guest(id: GuestID(rawValue: name), name: name, status: .unknown, vcpuCount: 0, memoryMB: 0))
        }
    }

    /// What it is called in messages.
    var name: String {
        guard case .endpoint(let host, let address?, _) = self, address.description != host else { return scope }
        return "\(scope) (\(address))"
    }

    /// What it is called in scopes.
    var scope: String {
        switch self {
        case .guest(let guest): guest.name
        case .endpoint(let host, _, let port), .lookup(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .module(let name): name
        }
    }

    /// The scope of a rule that is about this target alone: a guest whose name reads as something else in a rule goes by its id.
    fileprivate var grantableScope: String {
        guard case .guest(let guest) = self else { return scope }
        let name = guest.name
        let isPlain = name.first?.isWhitespace == false && name.last?.isWhitespace == false
        return isPlain && !name.contains(where: "*?,".contains) ? name : guest.id.rawValue
    }

    var guest: Guest? {
        guard case .guest(let guest) = self else { return nil }
        return guest
    }
}
