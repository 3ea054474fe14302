import VirtualMachines

/// The dialect of the Virtual Machine Manager API Guide: `SYNO.Virtualization.API.*`, version 1.
struct PublicDialect: Dialect {
    static let guestAPI = "SYNO.Virtualization.API.Guest"
    static let actionAPI = "SYNO.Virtualization.API.Guest.Action"
    static let taskAPI = "SYNO.Virtualization.API.Task.Info"
    static let hostAPI = "SYNO.Virtualization.API.Host"
    static let networkAPI = "SYNO.Virtualization.API.Network"
    static let storageAPI = "SYNO.Virtualization.API.Storage"
    static let imageAPI = "SYNO.Virtualization.API.Guest.Image"

    let name = DialectName.public

    // MARK: Reads

    func list(offset: Int, limit: Int, additional: Bool) -> WebAPICall<GuestPage> {
        WebAPICall(
            api: Self.guestAPI,
            method: "list",
            parameters: additional ? [WebAPIParameter("additional", .flag(true))] : []
        ) { (answer) throws(VMMError) in try GuestPage(whole: answer, .public) }
    }

    func get(_ reference: GuestReference, additional: Set<GuestDetail>) throws(VMMError) -> WebAPICall<GuestReading> {
        guard !additional.contains(.snapshot) else { throw unsupported("tell a guest's snapshots") }
        var parameters = [reference.parameter]
        if !additional.isEmpty { parameters.append(WebAPIParameter("additional", .flag(true))) }
        return WebAPICall(
            api: Self.guestAPI,
            method: "get",
            parameters: parameters,
            guest: reference.text,
            // "Bad parameter"; that it stands for a guest that isn't there is inferred: nothing else is in the call.
            meanings: [401: ErrorTable.missingGuest]
        ) { (answer) throws(VMMError) in
            var reading = try reference.read(answer, .public)
            // In the words that the other dialect has for them, so that a script need not know which it is.
            for (word, detail) in [("vnics", GuestDetail.network), ("vdisks", .storage)] {
                guard let value = reading.guest.extra[word] else { continue }
                reading.guest.extra[word] = nil
                if additional.contains(detail) { reading.guest.extra[detail.rawValue] = value }
            }
            return reading
        }
    }

    func inventory(_ kind: Inventory) -> WebAPICall<[JSONObject]> {
        let api =
            switch kind {
            case .hosts: Self.hostAPI
            case .networks: Self.networkAPI
            case .storages: Self.storageAPI
            case .images: Self.imageAPI
            }
        return WebAPICall(api: api, method: "list") { (answer) throws(VMMError) in try answer.objects(kind.rawValue) }
    }

    // MARK: Writes

    func power(_ action: PowerAction, _ id: GuestID, force: Bool) throws(VMMError) -> WebAPICall<PowerAnswer> {
        try checkCut(action, id, force: force)
        let (method, alreadySo) =
            switch action {
            case .powerOn: ("poweron", 904)
            case .shutdown: ("shutdown", 907)
            case .powerOff: ("poweroff", 907)
            }
        return powerWrite(Self.actionAPI, method, id, settled: alreadySo)
    }

    func set(_ id: GuestID, _ settings: GuestSettings) throws(VMMError) -> WebAPICall<Void> {
        if let autorun = settings.autorun, !(0...2).contains(autorun) {
            throw VMMError(.badArgument, "autorun is \(autorun), expected 0, 1 or 2", guest: id.rawValue)
        }
        let numbers = [
            ("autorun", settings.autorun), ("vcpu_num", settings.vcpuCount), ("vram_size", settings.memoryMB),
        ]
        .compactMap { name, value in value.map { WebAPIParameter(name, .integer($0)) } }
        let texts = [("description", settings.description), ("new_guest_name", settings.name)]
            .compactMap { name, value in value.map { WebAPIParameter(name, .text($0)) } }
        return write(Self.guestAPI, "set", id, numbers + texts) { _ in }
    }

    func delete(_ id: GuestID) -> WebAPICall<Void> {
        write(Self.guestAPI, "delete", id) { _ in }
    }

    // MARK: Tasks

    func tasks() -> WebAPICall<[TaskID]> {
        WebAPICall(api: Self.taskAPI, method: "list") { (answer) throws(VMMError) in
            try answer.strings("tasks").map(TaskID.init(rawValue:))
        }
    }

    func task(_ id: TaskID) -> WebAPICall<TaskReport> {
        WebAPICall(api: Self.taskAPI, method: "get", parameters: [parameter(id)]) { (answer) throws(VMMError) in
            try TaskReport(public: answer, id)
        }
    }

    func clearTask(_ id: TaskID) -> WebAPICall<Void> {
        WebAPICall(
            api: Self.taskAPI,
            method: "clear",
            effect: .write(target: "task '\(id)'"),
            parameters: [parameter(id)]
        ) { _ in }
    }

    private func parameter(_ id: TaskID) -> WebAPIParameter {
        WebAPIParameter("task_id", .text(id.rawValue))
    }
}

extension TaskReport {
    /// Reads a task as `get` of the public dialect gives it: finished is not yet success.
    fileprivate init(public answer: AnswerReader, _ id: TaskID) throws(VMMError) {
        let isFinished = try answer.flag("finish")
        guard let found = answer.value["task_info"], case .object = found else {
            throw answer.missing("task_info", "an object")
        }
        let info = answer.entering(found, "task_info")
        let failure = TaskReport.failure(found["error"])?.asPartOfMessage
        self.init(
            id: id,
            status: !isFinished ? .running : failure == nil ? .completed : .failed,
            progress: info.percent("progress"),
            guestID: try info.optionalID("guest_id").map(GuestID.init(rawValue:)),
            failure: failure
        )
    }
}
