import LuaRuntime
import VirtualMachines

extension Binding {
    /// The functions of the `vmm` table that are operations; `vmm.list` is written in Lua over `list_guests`.
    static let vmm: [Binding] = [
        Binding(
            "vmm.get",
            parameters: [ref],
            options: [Parameter("additional", .list, optional: true)],
            results: "guest",
            errors: [.notFound, .ambiguous],
            permission: "vmm.read",
            summary: "Reads one guest.",
            text:
                "`additional` names what else is wanted of \"network\", \"storage\", \"snapshot\"; it comes as fields of the guest.",
            example: #"print(vmm.get("web-1", { additional = { "network" } }).network[1].mac)"#,
            body: .operation { arguments throws(ScriptError) in
                .get(try arguments.guest("ref"), additional: try guestDetails(arguments["additional"]))
            }
        ),
        power(
            "vmm.power_on",
            .powerOn,
            errors: [.wrongState, .insufficientResources],
            summary: "Starts a guest.",
            text: "A guest that runs already stays as it is: the task has `changed = false`, and nothing is sent.",
            example: #"vmm.wait_task(vmm.power_on("web-1"))"#
        ),
        power(
            "vmm.shutdown",
            .shutdown,
            summary: "Asks a guest to shut itself down.",
            text:
                "The guest may ignore it; `vmm.wait_task` tells. A guest that is down already stays as it is, and nothing is sent.",
            example: #"vmm.wait_task(vmm.shutdown("web-1"), { timeout = "5m" })"#
        ),
        Binding(
            "vmm.power_off",
            parameters: [ref],
            options: [Parameter("force", .boolean, default: "false"), patience],
            results: "task",
            errors: writeErrors,
            permission: "vmm.power_off",
            summary: "Turns a guest off; with force its power is cut.",
            text: patienceText,
            example: #"vmm.power_off("web-1", { force = true })"#,
            body: .operation { arguments throws(ScriptError) in
                .power(
                    Operation.PowerRequest(
                        action: .powerOff,
                        guest: try arguments.guest("ref"),
                        isForced: arguments.boolean("force", default: false),
                        patience: arguments.duration("timeout", default: defaultPatience)
                    )
                )
            }
        ),
        Binding(
            "vmm.set",
            parameters: [ref],
            options: [
                Parameter("vcpu_num", .integer, optional: true), Parameter("vram_size", .integer, optional: true),
                Parameter("autorun", .integer, optional: true), Parameter("description", .string, optional: true),
                Parameter("guest_name", .string, optional: true), patience,
            ],
            results: "change",
            errors: writeErrors + [.nameConflict, .unsupported],
            permission: "vmm.set",
            summary: "Changes a guest's settings and reads them back.",
            text:
                "CPU and memory (MB) need a stopped guest; the rest may be changed at any time. The documented dialect can't change description and guest_name. "
                + patienceText,
            example: #"vmm.set("web-1", { vram_size = 8192 })"#,
            body: .operation { arguments throws(ScriptError) in
                .set(
                    try arguments.guest("ref"),
                    try guestSettings(arguments),
                    patience: arguments.duration("timeout", default: defaultPatience)
                )
            }
        ),
        Binding(
            "vmm.delete",
            parameters: [ref],
            options: [patience],
            results: "change",
            errors: writeErrors,
            permission: "vmm.delete",
            summary: "Deletes a stopped guest for good, and sees that it is gone.",
            text: patienceText,
            example: #"vmm.delete("old-1")"#,
            body: .operation { arguments throws(ScriptError) in
                .delete(
                    try arguments.guest("ref"),
                    patience: arguments.duration("timeout", default: defaultPatience)
                )
            }
        ),
        Binding(
            "vmm.wait_task",
            parameters: [Parameter("task", .task)],
            options: [timeout],
            results: "task",
            errors: [.taskFailed, .taskCancelled, .timeout, .outcomeUnknown],
            permission: "vmm.read",
            summary: "Waits until a task is done and its guest is as wanted.",
            text: "A timeout of math.huge waits for ever.",
            example: #"vmm.wait_task(vmm.power_on("web-1"), { timeout = "10m" })"#,
            body: .operation { arguments throws(ScriptError) in
                .waitTask(try arguments.task("task"), timeout: arguments.duration("timeout", default: defaultTimeout))
            }
        ),
        Binding(
            "vmm.wait_status",
            parameters: [ref, Parameter("status", .statuses)],
            options: [timeout],
            results: "guest",
            errors: [.timeout, .notFound, .taskFailed],
            permission: "vmm.read",
            summary: "Waits until a guest is in one of these statuses.",
            text: "A crashed guest counts as stopped, and ends a wait for running with task_failed.",
            example: #"vmm.wait_status("web-1", "running")"#,
            body: .operation { arguments throws(ScriptError) in
                .waitStatus(
                    try arguments.guest("ref"),
                    try arguments.statuses("status"),
                    timeout: arguments.duration("timeout", default: defaultTimeout)
                )
            }
        ),
        Binding(
            "vmm.tasks",
            results: "array of task",
            permission: "vmm.read",
            summary: "Lists the tasks that the NAS remembers.",
            example: "for _, t in ipairs(vmm.tasks()) do print(t.task_id, t.status) end",
            body: .operation { _ throws(ScriptError) in .tasks }
        ),
        inventory(.hosts, summary: "Lists the machines that guests run on.", field: "host_name"),
        inventory(.networks, summary: "Lists the networks that guests can be connected to.", field: "network_name"),
        inventory(.storages, summary: "Lists the storages that guests' disks are on.", field: "storage_name"),
        inventory(.images, summary: "Lists the images that guests are made from.", field: "image_name"),
        Binding(
            "async.sleep",
            parameters: [Parameter("duration", .duration)],
            summary: "Waits for a time.",
            example: #"async.sleep("30s")"#,
            body: .operation { arguments throws(ScriptError) in
                .sleep(arguments.duration("duration", default: .zero) ?? .longest)
            }
        ),
    ]

    /// What `vmm.list` is written on.
    static let listGuests = Binding(
        "vmm.list",
        results: "guests",
        permission: "vmm.read",
        summary: "All guests.",
        body: .operation { _ throws(ScriptError) in .list }
    )

    /// What a selection asks about a text for which its own list has no single guest, to be told why.
    static let findGuests = Binding(
        "vmm.find",
        parameters: [Parameter("text", .string)],
        results: "guests",
        errors: [.notFound, .ambiguous],
        permission: "vmm.read",
        summary: "The guests of that id or name, or whose names fit that pattern.",
        body: .operation { arguments throws(ScriptError) in .select(arguments.string("text") ?? "") }
    )

    /// What `flow` keeps to its batches by: of thousands of guests it asks time and again who is out of service.
    static let statuses = Binding(
        "vmm.statuses",
        options: [Parameter("except", .statuses, optional: true)],
        results: "status by guest_id",
        permission: "vmm.read",
        summary: "How all guests stand, or those in none of these statuses.",
        body: .operation { arguments throws(ScriptError) in
            guard arguments["except"] != nil else { return .statuses(.all) }
            return .statuses(.except(Set(try arguments.statuses("except"))))
        }
    )

    private static let ref = Parameter("ref", .guest)
    private static let timeout = Parameter("timeout", .duration, default: "\"10m\"")
    private static let defaultTimeout = Duration.seconds(600)
    private static let patience = Parameter("timeout", .duration, default: "\"1m\"")
    private static let defaultPatience = Duration.seconds(60)
    private static let patienceText = "A NAS that is busy or can't be reached is asked again for `timeout`."
    private static let writeErrors: [ErrorKind] = [.notFound, .ambiguous, .wrongState, .outcomeUnknown, .locked]

    private static func inventory(_ kind: Inventory, summary: String, field: String) -> Binding {
        Binding(
            "vmm.\(kind.rawValue)",
            results: "array of tables",
            errors: [.unsupported],
            permission: "vmm.read",
            summary: summary,
            text: "The fields are those of the NAS's dialect; sizes of memory are in MB.",
            example: "for _, t in ipairs(vmm.\(kind.rawValue)()) do print(t.\(field)) end",
            body: .operation { _ throws(ScriptError) in .inventory(kind) }
        )
    }

    private static func power(
        _ name: String,
        _ action: PowerAction,
        errors: [ErrorKind] = [],
        summary: String,
        text: String,
        example: String
    ) -> Binding {
        Binding(
            name,
            parameters: [ref],
            options: [patience],
            results: "task",
            errors: writeErrors + errors.filter { !writeErrors.contains($0) },
            permission: name,
            summary: summary,
            text: text + " " + patienceText,
            example: example,
            body: .operation { arguments throws(ScriptError) in
                .power(
                    Operation.PowerRequest(
                        action: action,
                        guest: try arguments.guest("ref"),
                        patience: arguments.duration("timeout", default: defaultPatience)
                    )
                )
            }
        )
    }
}

private func guestDetails(_ value: LuaValue?) throws(ScriptError) -> Set<GuestDetail> {
    var details: Set<GuestDetail> = []
    for element in value?.table?.elements ?? [] {
        guard let detail = element.text.flatMap(GuestDetail.init(rawValue:)) else {
            let known = GuestDetail.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw ScriptError(.badArgument, "vmm.get: additional may hold \(known), not \(element.brief)")
        }
        details.insert(detail)
    }
    return details
}

private func guestSettings(_ arguments: Arguments) throws(ScriptError) -> GuestSettings {
    let settings = GuestSettings(
        vcpuCount: arguments.integer("vcpu_num"),
        memoryMB: arguments.integer("vram_size"),
        autorun: arguments.integer("autorun"),
        description: arguments.string("description"),
        name: arguments.string("guest_name")
    )
    guard !settings.isEmpty else {
        throw ScriptError(
            .badArgument,
            "vmm.set: nothing to set was given",
            hint: "give vcpu_num, vram_size (MB), autorun, description or guest_name in a table behind the guest"
        )
    }
    if settings.name == "" { throw ScriptError(.badArgument, "vmm.set: guest_name is empty") }
    for (name, value) in [("vcpu_num", settings.vcpuCount), ("vram_size", settings.memoryMB)] {
        if let value, value < 1 {
            throw ScriptError(.badArgument, "vmm.set: \(name) must be at least 1, not \(value)")
        }
    }
    if let autorun = settings.autorun, autorun < 0 {
        throw ScriptError(.badArgument, "vmm.set: autorun must be 0 or more, not \(autorun)")
    }
    return settings
}
