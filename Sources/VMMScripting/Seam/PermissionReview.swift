import VirtualMachines

/// Why a script can't have a permission that it says it needs.
public enum MissingPermission: Sendable, Hashable {
    /// Nothing grants it.
    case notGranted
    /// A denial takes all of it away.
    case denied(by: PermissionRule)
}

extension PermissionPolicy {
    /// Why a script can't have what it says it needs; nil where it has it for some target, whatever that is.
    public func missing(_ need: PermissionRule) -> MissingPermission? {
        for permission in PermissionRule.permissions where need.mayCover(permission) {
            if let denial = denied.first(where: { $0.coversAll(of: need, permission) }) { return .denied(by: denial) }
            guard Self.granted.contains(permission) || allowed.contains(where: { $0.mayCover(permission) }) else {
                return .notGranted
            }
        }
        return nil
    }
}

extension PermissionRule {
    /// Whether nothing of `permission` within the scope of `need` is outside of this rule.
    fileprivate func coversAll(of need: PermissionRule, _ permission: String) -> Bool {
        guard mayCover(permission) else { return false }
        guard let scope else { return true }
        guard let needed = need.scope else { return false }
        // A `?` fits the star of the other pattern, but not all that the star stands for.
        return scope == needed || !scope.contains("?") && Glob(scope).matches(needed)
    }

    /// The scope, where it is one of guests: nil for a rule about everything, about the network, or about no guests at all.
    public var guestScope: String? {
        let isOfGuests = Self.permissions.contains { $0.hasPrefix("vmm.") && mayCover($0) }
        return isOfGuests && network?.isUnmistakable != true ? scope : nil
    }

    /// Whether the rule is about a guest of that name or id.
    func coversGuest(_ guest: Guest) -> Bool {
        guard let scope else { return true }
        return Glob(scope).matches(guest.name) || scope == guest.id.rawValue
    }

    /// What a scope of guests that none of them is in may have been meant to be; nil where a guest is in it, or where the
    /// rule has no scope of guests.
    public func scopesMeant(among guests: [Guest]) -> [String]? {
        guard let scope = guestScope, !guests.contains(where: coversGuest) else { return nil }
        return nearNames(to: scope, among: guests.map(\.name))
    }
}
