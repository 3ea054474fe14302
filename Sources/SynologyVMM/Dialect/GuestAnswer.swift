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

extension Guest {
    /// Reads a guest as a dialect gives it; what the model doesn't know goes to ``extra``.
    ///
    /// One pass over the members, as a list may hold thousands of guests. Throws `badAnswer`.
    init(_ answer: AnswerReader, _ words: GuestWords) throws(VMMError) {
        var id: String?
        var name: String?
        var status: String?
        var vcpuCount: Int?
        var memory: Int?
        var storageBytes: Int?
        var autorun: Int?
        var description: String?
        var hostName: String?
        var extra: [JSONObject.Member] = []
        for (key, value) in try answer.object().members {
            switch key {
            case "guest_id": id = try answer.string(key, value)
            case words.name: name = try answer.string(key, value)
            case "status": status = try answer.string(key, value)
            case "vcpu_num": vcpuCount = try answer.integer(key, value)
            case "vram_size": memory = try answer.integer(key, value)
            case "storage_size": storageBytes = try answer.integer(key, value)
            case "autorun": autorun = try answer.integer(key, value)
            case words.description: description = try answer.string(key, value)
            case "host_name": hostName = try answer.string(key, value)
            default: extra.append((key, value))
            }
        }
        guard let id, !id.isEmpty else { throw answer.missing("guest_id", "a string") }
        guard let name else { throw answer.missing(words.name, "a string") }
        guard let status else { throw answer.missing("status", "a string") }
        guard let vcpuCount else { throw answer.missing("vcpu_num", "a whole number") }
        guard let memory else { throw answer.missing("vram_size", "a whole number") }
        self.init(
            id: GuestID(rawValue: id),
            name: name,
            status: words.status(status),
            rawStatus: status,
            vcpuCount: vcpuCount,
            memoryMB: memory / words.memoryUnitsPerMB,
            storageBytes: storageBytes.map(Int64.init),
            autorun: autorun,
            description: description,
            hostName: hostName,
            extra: JSONObject(extra)
        )
    }
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
