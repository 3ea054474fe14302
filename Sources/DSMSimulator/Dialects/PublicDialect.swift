import SimulatedVMM
import VirtualMachines

/// The public dialect: a power call gives no task, and the outcome is read from the guest's status.
enum PublicDialect {
    private static let prefix = "SYNO.Virtualization.API"

    static let apis = [
        WebAPI(
            name: "\(prefix).Guest",
            versions: 1...1,
            methods: [
                .read("list", listGuests), .read("get", getGuest), .write("set", setGuest),
                .write("delete", Cluster.deleteGuest),
            ],
            code: code
        ),
        WebAPI(
            name: "\(prefix).Guest.Action",
            versions: 1...1,
            methods: [.write("poweron", powerOn), .write("poweroff", powerOff), .write("shutdown", shutDown)],
            code: code
        ),
        WebAPI(
            name: "\(prefix).Task.Info",
            versions: 1...1,
            methods: [.read("list", listTasks), .read("get", getTask), .write("clear", clearTask)],
            code: { $0.code == .notFound ? 1000 : code($0) }
        ),
        inventory("Host", .hosts), inventory("Network", .networks), inventory("Storage", .storages),
        inventory("Guest.Image", .images, .write("create", createImage)),
    ]

    private static func inventory(_ name: String, _ kind: Inventory, _ changes: WebAPIMethod...) -> WebAPI {
        WebAPI(
            name: "\(prefix).\(name)",
            versions: 1...1,
            methods: [
                .read("list") { cluster, _ in
                    JSONObject([(kind.rawValue, .array(cluster.inventory(kind).map { .object($0) }))])
                }
            ] + changes,
            code: code
        )
    }

    /// A guest that isn't there is a bad parameter; that is inferred, as the guide has no number of its own for it.
    @Sendable private static func code(_ error: VMMError) -> Int {
        if let code = error.apiCode { return code }
        return switch error.code {
        case .badArgument, .notFound, .ambiguous: 401
        case .nameConflict: 403
        case .insufficientResources: error.lacking == .vcpus ? 902 : 903
        default: 402
        }
    }

    // MARK: Guests

    @Sendable private static func listGuests(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let isDetailed = try parameters.flag("additional") ?? false
        return ["guests": .array(cluster.guests.map { .object(describe($0, in: cluster, isDetailed: isDetailed)) })]
    }

    @Sendable private static func getGuest(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let isDetailed = try parameters.flag("additional") ?? false
        return describe(try cluster.guest(parameters), in: cluster, isDetailed: isDetailed)
    }

    @Sendable private static func setGuest(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        var settings = try GuestSettings(parameters)
        settings.description = parameters.possiblyEmptyText("description")
        settings.name = parameters.text("new_guest_name")
        try cluster.set(try cluster.guest(parameters).guest.id, settings)
        return nil
    }

    /// From a file of the NAS, which isn't looked at.
    @Sendable private static func createImage(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        guard let name = parameters.text("image_name") else { throw Parameters.refusal("image_name") }
        guard let kind = parameters.text("type").flatMap(SimulatedImage.Kind.init(rawValue:)) else {
            throw Parameters.refusal("type")
        }
        guard parameters.text("ds_file_path") != nil else { throw Parameters.refusal("ds_file_path") }
        let storages = parameters.list("storage_ids") + parameters.list("storage_names")
        guard !storages.isEmpty,
            storages.allSatisfy({ name in cluster.storages.contains { [$0.id, $0.name].contains(name) } })
        else { throw Parameters.refusal("storage_ids") }
        return ["task_id": .string(PublicTaskID(try cluster.createImage(named: name, kind)).rawValue)]
    }

    // MARK: Power

    @Sendable private static func powerOn(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let target = try cluster.guest(parameters)
        do throws(VMMError) {
            _ = try cluster.power(.powerOn, target.guest.id)
        } catch {
            throw [.running, .booting].contains(target.status(in: .full)) ? error.numbered(904) : error
        }
        return nil
    }

    /// Cuts the guest's power, whatever it is at.
    @Sendable private static func powerOff(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        try goDown(.powerOff, &cluster, parameters)
    }

    @Sendable private static func shutDown(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        try goDown(.shutdown, &cluster, parameters)
    }

    private static func goDown(
        _ action: PowerAction,
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let target = try cluster.guest(parameters)
        do throws(VMMError) {
            _ = try cluster.power(action, target.guest.id, force: action == .powerOff)
        } catch {
            throw target.status(in: .full).isDown ? error.numbered(907) : error
        }
        return nil
    }

    // MARK: Tasks

    @Sendable private static func listTasks(_ cluster: inout Cluster, _ parameters: Parameters) -> JSONObject? {
        ["tasks": .array(cluster.taskIDs.map { .string(PublicTaskID($0).rawValue) })]
    }

    @Sendable private static func getTask(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let task = try cluster.task(try PublicTaskID(rawValue: try parameters.taskID()).taskID)
        var info: JSONObject = [
            "progress": .integer(Int64(task.progress ?? 0)),
            "status": .string(task.status.rawValue),
            "auto_clean_task": false,
            "guest_id": .string(task.guestID?.rawValue ?? ""),
        ]
        if let failure = task.failure { info["error"] = ["code": 402, "message": .string(failure)] }
        return ["finish": .bool(task.status != .running), "task_info": .object(info)]
    }

    @Sendable private static func clearTask(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        try cluster.clearTask(try PublicTaskID(rawValue: try parameters.taskID()).taskID)
        return nil
    }
}

extension VMMError {
    /// The same refusal with the dialect's own number.
    func numbered(_ code: Int) -> VMMError {
        var error = self
        error.apiCode = code
        return error
    }
}
