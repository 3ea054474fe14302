import LuaRuntime
import VirtualMachines

/// A task as a script names it.
public enum TaskReference: Sendable, Hashable {
    /// By its id on the NAS.
    case id(TaskID)
    /// By the table that a power action returned.
    case task(PowerTaskReference)

    /// What a script's task table tells.
    public struct PowerTaskReference: Sendable, Hashable {
        /// The NAS's own task, where there is one.
        public var id: TaskID?
        /// The guest.
        public var guestID: GuestID
        /// The guest's name.
        public var guestName: String
        /// What was asked.
        public var action: PowerAction
        /// Whether anything was asked of the NAS.
        public var changed: Bool
    }

    init?(_ value: LuaValue) {
        guard
            ["task_id", "guest_id", "guest_name"].map({ value.table?[$0] })
                .allSatisfy({ ($0?.text?.utf8.count ?? 0) <= GuestReference.longestName })
        else { return nil }
        if let text = value.text, !text.isEmpty, text.utf8.count <= GuestReference.longestName {
            self = .id(TaskID(rawValue: text))
            return
        }
        guard let table = value.table, let guest = table["guest_id"].text,
            let action = table["action"].text.flatMap(PowerAction.init(rawValue:))
        else { return nil }
        self = .task(
            PowerTaskReference(
                id: table["task_id"].text.map(TaskID.init(rawValue:)),
                guestID: GuestID(rawValue: guest),
                guestName: table["guest_name"].text ?? guest,
                action: action,
                changed: table["changed"] != false
            )
        )
    }
}
