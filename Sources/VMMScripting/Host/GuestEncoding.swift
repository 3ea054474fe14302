import LuaRuntime
import VirtualMachines

extension LuaEncoder {
    /// Adds guests as an array of class `guests`.
    public mutating func append(_ guests: [Guest]) {
        beginInstance(of: "guests")
        beginTable(elements: guests.count)
        for guest in guests { append(guest) }
    }

    /// Adds a guest table, with the fields that the model doesn't know behind those that it does.
    public mutating func append(_ guest: Guest) {
        let tags = guest.description == nil ? [] : guest.tags
        let optionalCount =
            (guest.storageBytes == nil ? 0 : 1) + (guest.autorun == nil ? 0 : 1) + (guest.description == nil ? 0 : 1)
            + (guest.hostName == nil ? 0 : 1) + (guest.vcpuCount == nil ? 0 : 1) + (guest.memoryMB == nil ? 0 : 1)
        let extra = guest.extra.members
        beginRecord()
        beginTable(fields: 5 + optionalCount + extra.count)
        // The model's own fields come last: where a name comes twice, the later value counts.
        for member in extra {
            append(member.key)
            append(member.value)
        }
        append("guest_id")
        append(guest.id.rawValue)
        append("guest_name")
        append(guest.name)
        append("status")
        append(guest.status.rawValue)
        append("raw_status")
        append(guest.rawStatus)
        append("tags")
        beginTable(elements: tags.count)
        for tag in tags { append(tag) }
        if let vcpuCount = guest.vcpuCount {
            append("vcpu_num")
            append(vcpuCount)
        }
        if let memoryMB = guest.memoryMB {
            append("vram_size")
            append(memoryMB)
        }
        if let storage = guest.storageBytes {
            append("storage_size")
            append(storage)
        }
        if let autorun = guest.autorun {
            append("autorun")
            append(autorun)
        }
        if let description = guest.description {
            append("description")
            append(description)
        }
        if let host = guest.hostName {
            append("host_name")
            append(host)
        }
    }

    /// Adds a JSON value: `null` is `nil`, so that an object's member of that value is absent.
    public mutating func append(_ value: JSONValue) {
        switch value {
        case .null: appendNil()
        case .bool(let value): append(value)
        case .integer(let value): append(value)
        case .number(let value): append(value)
        case .string(let value): append(value)
        case .array(let elements):
            beginTable(elements: elements.count)
            for element in elements { append(element) }
        case .object(let object):
            beginTable(fields: object.members.count)
            for member in object.members {
                append(member.key)
                append(member.value)
            }
        }
    }

    mutating func append(_ task: PowerTask) {
        beginTable(fields: 8 - (task.id == nil ? 1 : 0) - (task.progress == nil ? 1 : 0))
        if let id = task.id { appendField("task_id", id.rawValue) }
        appendField("guest_id", task.guestID.rawValue)
        appendField("guest_name", task.guestName)
        appendField("action", task.action.rawValue)
        appendField("wanted_status", task.wantedStatus.rawValue)
        appendField("status", task.status.rawValue)
        append("changed")
        append(task.changed)
        if let progress = task.progress {
            append("progress")
            append(progress)
        }
    }

    mutating func append(_ task: TaskReport, guestName: String?) {
        var table = LuaTable([
            "task_id": .string(task.id.rawValue), "status": .string(task.status.rawValue), "changed": true,
        ])
        table["guest_name"] = guestName.map(LuaValue.string) ?? .nil
        if let action = task.operation.flatMap(PowerAction.init(word:)) {
            table["action"] = .string(action.rawValue)
            table["wanted_status"] = .string(action.wantedStatus.rawValue)
        }
        table["guest_id"] = task.guestID.map { .string($0.rawValue) } ?? .nil
        table["progress"] = task.progress.map { .integer(Int64($0)) } ?? .nil
        append(table)
    }

    init(_ answer: Answer) {
        self.init()
        switch answer {
        case .nothing: break
        case .guests(let guests): append(guests)
        case .statuses(let statuses):
            beginTable(fields: statuses.count)
            for (guest, status) in statuses { appendField(guest.rawValue, status.rawValue) }
        case .guest(let guest): append(guest)
        case .task(let task): append(task)
        case .tasks(let tasks, let names):
            beginTable(elements: tasks.count)
            for task in tasks { append(task, guestName: task.guestID.flatMap { names[$0] }) }
        case .objects(let objects): append(.array(objects.map(JSONValue.object)))
        case .change(let before, let after, let changed):
            beginTable(fields: after == nil ? 3 : 4)
            append("guest")
            append(after ?? before)
            append("changed")
            append(changed)
            append("before")
            append(before)
            if let after {
                append("after")
                append(after)
            }
        case .probe(let outcome): append(outcome)
        case .approval(let approval, let time):
            append(LuaTable(["by": .string(approval.by), "at": .number(time.seconds)]))
        case .values(let values):
            for value in values { append(value) }
        }
    }

    /// Adds `true`, `false` with a reason, or a web server's status and body, which the Lua around it judges.
    private mutating func append(_ outcome: ProbeOutcome) {
        switch outcome {
        case .connected, .assumed(true): append(true)
        case .assumed(false):
            append(false)
            append("assumed not to answer")
        case .failed(let reason):
            append(false)
            append(reason)
        case .answered(let answer):
            append(answer.status)
            append(LuaString(bytes: answer.body))
        }
    }

    private mutating func appendField(_ name: String, _ value: String) {
        append(name)
        append(value)
    }
}

extension Answer: LuaAnswer {
    /// What many tasks may share counts little.
    public var size: Int {
        switch self {
        case .nothing, .guests, .statuses, .tasks, .objects: 64
        case .guest, .task, .approval: 512
        case .change: 1024
        case .probe(.answered(let answer)): 64 + answer.body.count
        case .probe: 256
        case .values(let values): values.reduce(64) { $0 + $1.size }
        }
    }

    /// The values that a script gets.
    public var encoded: LuaEncoder { LuaEncoder(self) }
}
