import SimulatedVMM
import VirtualMachines

/// The documented dialect; it has no words for transitions, crashes and descriptions.
///
/// Its `autorun` is 0 or 1: what the public dialect set to 2 (on) reads as 1, and 1 is stored as 1 (last state).
enum DocumentedDialect {
    static let guestAPI = "SYNO.Virtualization.Guest"

    static let apis = [
        WebAPI(
            name: guestAPI,
            versions: 1...1,
            isJSON: true,
            methods: [
                .read("List", listGuests),
                .read("Get", getGuest),
                .write("PowerOn") { (cluster, parameters) throws(VMMError) in
                    try power(.powerOn, &cluster, parameters)
                },
                .write("PowerOff") { (cluster, parameters) throws(VMMError) in
                    try power(.powerOff, &cluster, parameters)
                },
                .write("Shutdown") { (cluster, parameters) throws(VMMError) in
                    try power(.shutdown, &cluster, parameters)
                },
                .write("Delete", Cluster.deleteGuest),
                .write("Set", setGuest),
            ],
            code: code
        ),
        WebAPI(
            name: "SYNO.Virtualization.Task",
            versions: 1...1,
            isJSON: true,
            methods: [.read("List", listTasks), .read("Get", getTask), .write("Clear", clearTask)],
            code: code
        ),
    ]

    /// 401 for a wrong state is inferred, as the document is silent there.
    @Sendable private static func code(_ error: VMMError) -> Int {
        switch error.code {
        case .badArgument, .ambiguous: 400
        case .notFound: 404
        case .insufficientResources: 405
        default: 401
        }
    }

    // MARK: Guests

    /// One page of guests.
    @Sendable private static func listGuests(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let offset = try parameters.integer("offset") ?? 0
        let limit = try parameters.integer("limit") ?? 100
        let details: Set<GuestDetail> = try parameters.flag("additional") ?? false ? Set(GuestDetail.allCases) : []
        guard offset >= 0 else { throw Parameters.refusal("offset") }
        guard limit >= 1 else { throw Parameters.refusal("limit") }
        let page = cluster.guests.dropFirst(offset).prefix(limit)
            .map { guest in
                describe(cluster.report(guest, additional: details, in: .documented), withAutorun: true)
            }
        return ["guests": .array(page), "total": .integer(Int64(cluster.guests.count))]
    }

    /// One guest; as the document has it, without `autorun`.
    @Sendable private static func getGuest(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        var details: Set<GuestDetail> = []
        for word in parameters.list("additional") {
            guard let detail = GuestDetail(rawValue: word) else { throw Parameters.refusal("additional") }
            details.insert(detail)
        }
        let guest = cluster.report(try cluster.guest(parameters), additional: details, in: .documented)
        guard case .object(let answer) = describe(guest, withAutorun: false) else { return nil }
        return answer
    }

    private static func power(
        _ action: PowerAction,
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let force = try parameters.flag("force") ?? false
        let task = try cluster.power(action, try cluster.guest(parameters).guest.id, force: force)
        return ["task_id": .string(task.rawValue)]
    }

    @Sendable private static func setGuest(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let settings = try GuestSettings(parameters)
        guard settings.autorun.map((0...1).contains) ?? true else { throw Parameters.refusal("autorun") }
        try cluster.set(try cluster.guest(parameters).guest.id, settings)
        return nil
    }

    private static func describe(_ guest: Guest, withAutorun: Bool) -> JSONValue {
        var members: [JSONObject.Member] = [
            ("guest_id", .string(guest.id.rawValue)),
            ("guest_name", .string(guest.name)),
            ("status", .string(guest.rawStatus)),
            ("vcpu_num", JSONValue(guest.vcpuCount)),
            ("vram_size", JSONValue(guest.memoryMB)),
            ("storage_size", .integer(guest.storageBytes ?? 0)),
        ]
        if withAutorun { members.append(("autorun", .integer(Int64(min(guest.autorun ?? 0, 1))))) }
        return .object(JSONObject(members + guest.extra.members))
    }

    // MARK: Tasks

    @Sendable private static func listTasks(_ cluster: inout Cluster, _ parameters: Parameters) -> JSONObject? {
        ["tasks": .array(cluster.taskIDs.map { .string($0.rawValue) })]
    }

    @Sendable private static func getTask(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let task = try cluster.task(TaskID(rawValue: try parameters.taskID()))
        var answer: JSONObject = [
            "task_id": .string(task.id.rawValue),
            "status": .string(task.status.rawValue),
            "progress": .integer(Int64(task.progress ?? 0)),
            "operation": .string(task.operation ?? ""),
            "guest_id": .string(task.guestID?.rawValue ?? ""),
        ]
        if let failure = task.failure { answer["error"] = ["code": 401, "message": .string(failure)] }
        return answer
    }

    /// Forgets a task that has ended.
    @Sendable private static func clearTask(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        try cluster.clearTask(TaskID(rawValue: try parameters.taskID()))
        return nil
    }
}
