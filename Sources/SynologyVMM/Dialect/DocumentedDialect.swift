import VirtualMachines

/// The dialect of the document that this project was founded on: `SYNO.Virtualization.Guest` and `.Task`, version 1.
///
/// It turns a typed request into parameters and an answer into the domain's model. It sends nothing.
struct DocumentedDialect: Sendable {
    static let guestAPI = "SYNO.Virtualization.Guest"
    static let taskAPI = "SYNO.Virtualization.Task"

    /// The APIs that this dialect can't do without.
    static let apis = [guestAPI, taskAPI]

    // MARK: Guests

    func list(offset: Int, limit: Int, additional: Bool) -> WebAPICall<GuestPage> {
        var parameters = [WebAPIParameter("offset", .integer(offset)), WebAPIParameter("limit", .integer(limit))]
        if additional { parameters.append(WebAPIParameter("additional", .flag(true))) }
        return WebAPICall(api: Self.guestAPI, method: "List", parameters: parameters) { (answer) throws(VMMError) in
            try GuestPage(documented: answer)
        }
    }

    func get(_ reference: GuestReference, additional: Set<GuestDetail>) -> WebAPICall<Guest> {
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
        ) { (answer) throws(VMMError) in try Guest(documented: answer) }
    }

    func power(_ action: PowerAction, _ id: GuestID, force: Bool = false) -> WebAPICall<TaskID?> {
        let method =
            switch action {
            case .powerOn: "PowerOn"
            case .shutdown: "Shutdown"
            case .powerOff: "PowerOff"
            }
        let parameters = action == .powerOff ? [WebAPIParameter("force", .flag(force))] : []
        return write(method, id, parameters) { (answer) throws(VMMError) in
            TaskID(rawValue: try answer.nonEmptyString("task_id"))
        }
    }

    /// Throws for an autorun that this dialect has no number for, as a NAS might take it for something else.
    func set(_ id: GuestID, _ settings: GuestSettings) throws(VMMError) -> WebAPICall<Void> {
        if let autorun = settings.autorun { try check(autorun: autorun, of: id) }
        let values: [(name: String, value: Int?)] = [
            ("vcpu_num", settings.vcpuCount), ("vram_size", settings.memoryMB), ("autorun", settings.autorun),
        ]
        let parameters = values.compactMap { name, value in
            value.map { WebAPIParameter(name, .integer($0)) }
        }
        return write("Set", id, parameters) { _ in }
    }

    private func check(autorun: Int, of id: GuestID) throws(VMMError) {
        switch autorun {
        case 0, 1: return
        case 2:
            throw VMMError(
                .unsupported,
                "the documented dialect knows autorun 0 and 1, not 2",
                hint: "use 1 to have the guest start with the NAS",
                guest: id.rawValue
            )
        default:
            throw VMMError(.badArgument, "autorun is \(autorun), expected 0 or 1", guest: id.rawValue)
        }
    }

    func delete(_ id: GuestID) -> WebAPICall<Void> {
        write("Delete", id) { _ in }
    }

    private func write<Answer>(
        _ method: String,
        _ id: GuestID,
        _ parameters: [WebAPIParameter] = [],
        read: @escaping @Sendable (AnswerReader) throws(VMMError) -> Answer
    ) -> WebAPICall<Answer> {
        let reference = GuestReference.id(id)
        return WebAPICall(
            api: Self.guestAPI,
            method: method,
            effect: .write(target: "guest '\(id)'"),
            parameters: [reference.parameter] + parameters,
            guest: reference.text,
            read: read
        )
    }

    // MARK: Tasks

    func tasks() -> WebAPICall<[TaskID]> {
        WebAPICall(api: Self.taskAPI, method: "List") { (answer) throws(VMMError) in
            var ids: [TaskID] = []
            for (index, value) in try answer.array("tasks").enumerated() {
                ids.append(TaskID(rawValue: try answer.string("tasks[\(index)]", value)))
            }
            return ids
        }
    }

    func task(_ id: TaskID) -> WebAPICall<TaskReport> {
        WebAPICall(api: Self.taskAPI, method: "Get", parameters: [parameter(id)]) { (answer) throws(VMMError) in
            try TaskReport(documented: answer)
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

/// Which guest a request means; it carries the id or the name and never both, as an empty one beside a good one fails.
enum GuestReference: Sendable, Equatable {
    case id(GuestID)
    case name(String)

    var text: String {
        switch self {
        case .id(let id): id.rawValue
        case .name(let name): name
        }
    }

    var parameter: WebAPIParameter {
        switch self {
        case .id(let id): WebAPIParameter("guest_id", .text(id.rawValue))
        case .name(let name): WebAPIParameter("guest_name", .text(name))
        }
    }
}
