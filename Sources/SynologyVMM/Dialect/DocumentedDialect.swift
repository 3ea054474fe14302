import VirtualMachines

/// The dialect of the document that this project was founded on: `SYNO.Virtualization.Guest` and `.Task`, version 1.
struct DocumentedDialect: Dialect {
    static let guestAPI = "SYNO.Virtualization.Guest"
    static let taskAPI = "SYNO.Virtualization.Task"

    let name = DialectName.documented

    // MARK: Guests

    func list(offset: Int, limit: Int, additional: Bool) -> WebAPICall<GuestPage> {
        var parameters = [WebAPIParameter("offset", .integer(offset)), WebAPIParameter("limit", .integer(limit))]
        if additional { parameters.append(WebAPIParameter("additional", .flag(true))) }
        return WebAPICall(api: Self.guestAPI, method: "List", parameters: parameters) { (answer) throws(VMMError) in
            try GuestPage(paged: answer, .documented)
        }
    }

    func get(_ reference: GuestReference, additional: Set<GuestDetail>) -> WebAPICall<GuestReading> {
        var parameters = [reference.parameter]
        if !additional.isEmpty {
            let words = GuestDetail.allCases.filter(additional.contains).map(\.rawValue)
            parameters.append(WebAPIParameter("additional", .text(words.joined(separator: ","))))
        }
        return WebAPICall(
            api: Self.guestAPI,
            method: "Get",
            parameters: parameters,
            guest: reference.text
        ) { (answer) throws(VMMError) in try reference.read(answer, .documented) }
    }

    func inventory(_ kind: Inventory) throws(VMMError) -> WebAPICall<[JSONObject]> {
        throw unsupported("tell the \(kind.rawValue)")
    }

    func power(_ action: PowerAction, _ id: GuestID, force: Bool) -> WebAPICall<PowerAnswer> {
        let method =
            switch action {
            case .powerOn: "PowerOn"
            case .shutdown: "Shutdown"
            case .powerOff: "PowerOff"
            }
        let parameters = action == .powerOff ? [WebAPIParameter("force", .flag(force))] : []
        return write(Self.guestAPI, method, id, parameters) { (answer) throws(VMMError) in
            PowerAnswer(taskID: TaskID(rawValue: try answer.nonEmptyString("task_id")))
        }
    }

    /// Throws for an autorun that this dialect has no number for, as a NAS might take it for something else.
    func set(_ id: GuestID, _ settings: GuestSettings) throws(VMMError) -> WebAPICall<Void> {
        if let autorun = settings.autorun { try check(autorun: autorun, of: id) }
        if settings.description != nil { throw unsupported("change a description", guest: id) }
        if settings.name != nil { throw unsupported("rename a guest", guest: id) }
        let values: [(name: String, value: Int?)] = [
            ("vcpu_num", settings.vcpuCount), ("vram_size", settings.memoryMB), ("autorun", settings.autorun),
        ]
        let parameters = values.compactMap { name, value in
            value.map { WebAPIParameter(name, .integer($0)) }
        }
        return write(Self.guestAPI, "Set", id, parameters) { _ in }
    }

    private func check(autorun: Int, of id: GuestID) throws(VMMError) {
        switch autorun {
        case 0, 1: return
        case 2:
            throw unsupported(
                "set autorun to 2: it knows 0 and 1",
                hint: "use 1 to have the guest start with the NAS",
                guest: id
            )
        default:
            throw VMMError(.badArgument, "autorun is \(autorun), expected 0 or 1", guest: id.rawValue)
        }
    }

    func delete(_ id: GuestID) -> WebAPICall<Void> {
        write(Self.guestAPI, "Delete", id) { _ in }
    }

    // MARK: Tasks

    func tasks() -> WebAPICall<[TaskID]> {
        WebAPICall(api: Self.taskAPI, method: "List") { (answer) throws(VMMError) in
            try answer.strings("tasks").map(TaskID.init(rawValue:))
        }
    }

    func task(_ id: TaskID) -> WebAPICall<TaskReport> {
        WebAPICall(api: Self.taskAPI, method: "Get", parameters: [parameter(id)]) { (answer) throws(VMMError) in
            try TaskReport(documented: answer, id)
        }
    }

    func clearTask(_ id: TaskID) -> WebAPICall<Void> {
        WebAPICall(
            api: Self.taskAPI,
            method: "Clear",
            effect: .write(target: "task '\(id)'"),
            parameters: [parameter(id)]
        ) { _ in }
    }

    private func parameter(_ id: TaskID) -> WebAPIParameter {
        WebAPIParameter("taskid", .text(id.rawValue))
    }
}
