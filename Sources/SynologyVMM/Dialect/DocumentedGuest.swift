import VirtualMachines

extension Guest {
    /// Reads a guest as `List` and `Get` of the documented dialect give it; what it doesn't name goes to ``extra``.
    ///
    /// One pass over the members, as a list may hold thousands of guests. Throws `badAnswer`.
    init(documented answer: AnswerReader) throws(VMMError) {
        var id: String?
        var name: String?
        var status: String?
        var vcpuCount: Int?
        var memoryMB: Int?
        var storageBytes: Int?
        var autorun: Int?
        var extra: [JSONObject.Member] = []
        for (key, value) in try answer.object().members {
            switch key {
            case "guest_id": id = try answer.string(key, value)
            case "guest_name": name = try answer.string(key, value)
            case "status": status = try answer.string(key, value)
            case "vcpu_num": vcpuCount = try answer.integer(key, value)
            case "vram_size": memoryMB = try answer.integer(key, value)
            case "storage_size": storageBytes = try answer.integer(key, value)
            case "autorun": autorun = try answer.integer(key, value)
            default: extra.append((key, value))
            }
        }
        guard let id, !id.isEmpty else { throw answer.missing("guest_id", "a string") }
        guard let name else { throw answer.missing("guest_name", "a string") }
        guard let status else { throw answer.missing("status", "a string") }
        guard let vcpuCount else { throw answer.missing("vcpu_num", "a whole number") }
        guard let memoryMB else { throw answer.missing("vram_size", "a whole number") }
        self.init(
            id: GuestID(rawValue: id),
            name: name,
            status: GuestStatus(documented: status),
            rawStatus: status,
            vcpuCount: vcpuCount,
            memoryMB: memoryMB,
            storageBytes: storageBytes.map(Int64.init),
            autorun: autorun,
            extra: JSONObject(extra)
        )
    }
}

extension GuestStatus {
    /// The documented dialect knows three words.
    fileprivate init(documented word: String) {
        switch word {
        case "running": self = .running
        case "stopped": self = .stopped
        case "paused": self = .paused
        default: self = .unknown
        }
    }
}
