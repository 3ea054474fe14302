/// Which of the guests are asked for.
public enum GuestSelection: Sendable, Hashable {
    /// All of them.
    case all
    /// Those of these that there are.
    case among(Set<GuestID>)
    /// Those that are in none of these statuses.
    case except(Set<GuestStatus>)

    /// Whether a guest in that status is asked for.
    public func contains(_ id: GuestID, in status: GuestStatus) -> Bool {
        switch self {
        case .all: true
        case .among(let ids): ids.contains(id)
        case .except(let statuses): !statuses.contains(status)
        }
    }
}
