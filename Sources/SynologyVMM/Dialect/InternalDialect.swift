import VirtualMachines

/// The dialect of DSM's own web page, seen in captures: read and power only, as its other writes are not verified.
struct InternalDialect: Dialect {
    static let guestAPI = "SYNO.Virtualization.Guest"
    static let actionAPI = "SYNO.Virtualization.Guest.Action"
    static let hostAPI = "SYNO.Virtualization.Host"

    let name = DialectName.internal

    func list(offset: Int, limit: Int, additional: Bool) -> WebAPICall<GuestPage> {
        WebAPICall(api: Self.guestAPI, method: "list", version: 2) { (answer) throws(VMMError) in
            try GuestPage(whole: answer, .internal)
        }
    }

    func get(_ reference: GuestReference, additional: Set<GuestDetail>) throws(VMMError) -> WebAPICall<GuestReading> {
        guard additional.isEmpty else { throw unsupported("tell more about a guest") }
        guard case .id = reference else { throw unsupported("read a guest by its name") }
        return WebAPICall(
            api: Self.guestAPI,
            method: "get",
            version: 2,
            parameters: [reference.parameter],
            guest: reference.text,
            // "Bad parameter"; that it stands for a guest that isn't there is inferred: nothing else is in the call.
            meanings: [401: ErrorTable.missingGuest]
        ) { (answer) throws(VMMError) in try reference.read(answer, .internal) }
    }

    func inventory(_ kind: Inventory) throws(VMMError) -> WebAPICall<[JSONObject]> {
        guard kind == .hosts else { throw unsupported("tell the \(kind.rawValue)") }
        return WebAPICall(api: Self.hostAPI, method: "list", version: 2) { (answer) throws(VMMError) in
            try answer.objects(kind.rawValue).map(Self.inMegabytes)
        }
    }

    /// A host with its memory in MB, as other dialects tell it; this one tells KiB.
    private static func inMegabytes(_ host: JSONObject) -> JSONObject {
        var host = host
        for field in ["free_ram_size", "total_ram_size"] {
            if case .integer(let kibibytes)? = host[field] { host[field] = .integer(kibibytes / 1024) }
        }
        return host
    }

    func power(_ action: PowerAction, _ id: GuestID, force: Bool) throws(VMMError) -> WebAPICall<PowerAnswer> {
        try checkCut(action, id, force: force)
        let (word, alreadySo) =
            switch action {
            case .powerOn: ("poweron", 939)
            case .shutdown: ("shutdown", 903)
            case .powerOff: ("poweroff", 904)
            }
        var call = powerWrite(
            Self.actionAPI,
            "pwr_ctl",
            id,
            [WebAPIParameter("action", .text(word))],
            settled: alreadySo
        )
        // Of a guest that is off, 903 can't say that it isn't running. That it is the public dialect's number is inferred.
        if action == .powerOn { call.meanings = ErrorTable.shortages }
        return call
    }

    func set(_ id: GuestID, _ settings: GuestSettings) throws(VMMError) -> WebAPICall<Void> {
        throw unsupported("change a guest's settings", guest: id)
    }

    func delete(_ id: GuestID) throws(VMMError) -> WebAPICall<Void> { throw unsupported("delete a guest", guest: id) }

    func tasks() throws(VMMError) -> WebAPICall<[TaskID]> { throw unsupported("list tasks") }

    func task(_ id: TaskID) throws(VMMError) -> WebAPICall<TaskReport> { throw unsupported("read a task") }

    func clearTask(_ id: TaskID) throws(VMMError) -> WebAPICall<Void> { throw unsupported("clear a task") }
}
