import LuaRuntime
import VirtualMachines

/// A guest as a script names it.
public enum GuestReference: Sendable, Hashable {
    /// By the id in a guest table; the name is what the table says.
    case id(GuestID, name: String)
    /// By a string: some guest's id, or else a name.
    case text(String)

    /// What the script wrote, for a message.
    public var label: String {
        switch self {
        case .id(_, let name): name
        case .text(let text): text
        }
    }

    /// No guest has a name or an id of more bytes.
    static let longestName = 1024

    init?(_ value: LuaValue) {
        guard
            [value, value.table?["guest_id"], value.table?["guest_name"]]
                .allSatisfy({ part in
                    if case .string(let string) = part { string.bytes.count <= Self.longestName } else { true }
                })
        else { return nil }
        if let text = value.text, !text.isEmpty {
            self = .text(text)
        } else if let table = value.table, let id = table["guest_id"].text {
            self = .id(GuestID(rawValue: id), name: table["guest_name"].text ?? id)
        } else {
            return nil
        }
    }
}
