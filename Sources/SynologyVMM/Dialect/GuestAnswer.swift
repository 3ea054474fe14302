import VirtualMachines

/// How a dialect writes what guests have.
struct GuestWords: Sendable {
    let status: @Sendable (String) -> GuestStatus
    /// What a MB is in the dialect's unit of memory.
    let memoryUnitsPerMB: Int
    let name: String
    let description: String

    static let documented = GuestWords(
        status: GuestStatus.init(documented:),
        memoryUnitsPerMB: 1,
        name: "guest_name",
        description: "description"
    )

    static let `public` = GuestWords(
        status: GuestStatus.init(public:),
        memoryUnitsPerMB: 1,
        name: "guest_name",
        description: "description"
    )

    /// Memory is read in KiB here, and written in MiB.
    static let `internal` = GuestWords(
        status: GuestStatus.init(public:),
        memoryUnitsPerMB: 1024,
        name: "name",
        description: "desc"
    )
}

extension GuestStatus {
    /// The documented dialect knows three words.
    init(documented word: String) {
        switch word {
        case "running": self = .running
        case "stopped": self = .stopped
        case "paused": self = .paused
        default: self = .unknown
        }
    }

    /// The public dialect's words, which the internal one shares.
    init(public word: String) {
        switch word {
        case "running": self = .running
        case "shutdown": self = .stopped
        case "booting": self = .booting
        case "shutting_down": self = .shuttingDown
        case "moving", "stor_migrating": self = .moving
        case "creating", "importing", "preparing": self = .creating
        case "ha_standby": self = .standby
        case "crashed": self = .crashed
        case "inaccessible": self = .inaccessible
        default: self = .unknown
        }
    }
}
