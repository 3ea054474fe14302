import LuaRuntime
import SimulatedVMM
import VMMScripting
import VirtualMachines

extension Cluster {
    /// Reads what `sim.cluster` is given: `{guests=, hosts=, timings=}`.
    ///
    /// Throws ``ScriptError`` (`bad_argument`) that names the field.
    init(described description: LuaTable?, now: Timestamp) throws(ScriptError) {
        let description = description ?? LuaTable()
        let guests = try DescribedFields.all(in: description["guests"], of: "guests")
        var hosts: [SimulatedHost] = []
        for fields in try DescribedFields.all(in: description["hosts"], of: "hosts") {
            try fields.know(["host_name", "vcpu_num", "vram_size", "total_cpu_core", "total_ram_size"])
            hosts.append(
                SimulatedHost(
                    name: try fields.requiredText("host_name"),
                    vcpuCapacity: try fields.integer("vcpu_num", "total_cpu_core") ?? 96,
                    memoryCapacityMB: try fields.integer("vram_size", "total_ram_size") ?? 196_608
                )
            )
        }
        if hosts.isEmpty {
            var names: [String] = []
            for fields in guests {
                if let name = try fields.text("host_name"), !names.contains(name) { names.append(name) }
            }
            hosts = (names.isEmpty ? ["nas-1"] : names)
                .map { SimulatedHost(name: $0, vcpuCapacity: 96, memoryCapacityMB: 196_608) }
        }
        var simulated: [SimulatedGuest] = []
        for (number, fields) in guests.enumerated() {
            simulated.append(try fields.guest(number: number + 1, on: hosts))
        }
        self.init(hosts: hosts, guests: simulated, timings: try Timings(described: description["timings"]), now: now)
    }
}

extension Timings {
    fileprivate init(described value: LuaValue) throws(ScriptError) {
        self.init()
        let fields = DescribedFields(what: "timings", table: value.table ?? LuaTable())
        let names: [(String, WritableKeyPath<Timings, Duration>)] = [
            ("boot", \.boot), ("shutdown", \.shutdown), ("power_off", \.powerOff),
            ("forced_power_off", \.forcedPowerOff), ("stop_timeout", \.stopTimeout),
        ]
        try fields.know(names.map(\.0))
        for (name, timing) in names {
            if let duration = try fields.duration(name) { self[keyPath: timing] = duration }
        }
    }
}

/// A table of named fields, such as describes a guest.
private struct DescribedFields {
    let what: String
    let table: LuaTable

    static func all(in value: LuaValue, of list: String) throws(ScriptError) -> [DescribedFields] {
        var all: [DescribedFields] = []
        for (index, element) in (value.table?.elements ?? []).enumerated() {
            let what = "\(list)[\(index + 1)]"
            guard let table = element.table else {
                throw ScriptError(.badArgument, "sim.cluster: \(what) is a \(element.typeName), expected a table")
            }
            all.append(DescribedFields(what: what, table: table))
        }
        return all
    }

    func know(_ names: [String]) throws(ScriptError) {
        let given = table.fields.map { $0.key.text ?? $0.key.typeName }
        guard let unknown = given.first(where: { !names.contains($0) }) else { return }
        throw ScriptError(
            .badArgument,
            "sim.cluster: \(what) has no field '\(unknown)'",
            hint: "known are \(names.joined(separator: ", "))"
        )
    }

    func text(_ name: String) throws(ScriptError) -> String? {
        try field(name, "a string", \.text)
    }

    func requiredText(_ name: String) throws(ScriptError) -> String {
        guard let text = try text(name), !text.isEmpty else {
            throw ScriptError(.badArgument, "sim.cluster: \(what) has no \(name)")
        }
        return text
    }

    /// The first of the names that is given; no machine has more of anything but bytes than 32 bits count.
    func integer(_ names: String..., upTo limit: Int64 = Int64(Int32.max)) throws(ScriptError) -> Int? {
        for name in names {
            let number = try field(name, "a whole number from 0 to \(limit)") { value in
                value.wholeNumber.flatMap { (0...limit).contains($0) ? Int(exactly: $0) : nil }
            }
            if let number { return number }
        }
        return nil
    }

    func duration(_ name: String) throws(ScriptError) -> Duration? {
        try field(name, "a duration such as \"30s\"") { Duration(luaValue: $0) }
    }

    private func field<Value>(
        _ name: String,
        _ expectation: String,
        _ read: (LuaValue) -> Value?
    ) throws(ScriptError) -> Value? {
        let value = table[name]
        if value.isNil { return nil }
        guard let read = read(value) else {
            throw ScriptError(.badArgument, "sim.cluster: \(what).\(name) must be \(expectation)")
        }
        return read
    }

    func guest(number: Int, on hosts: [SimulatedHost]) throws(ScriptError) -> SimulatedGuest {
        try know([
            "guest_name", "guest_id", "status", "vcpu_num", "vram_size", "storage_size", "autorun", "description",
            "host_name",
        ])
        let hostName = try text("host_name")
        guard let host = hostName.map({ name in hosts.firstIndex { $0.name == name } }) ?? 0 else {
            throw ScriptError(.badArgument, "sim.cluster: \(what).host_name is none of the hosts")
        }
        let words = GuestStatus.allCases.map(\.rawValue).joined(separator: ", ")
        let status = try field("status", "one of \(words)") { $0.text.flatMap(GuestStatus.init(rawValue:)) }
        let digits = String(number)
        let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return SimulatedGuest(
            Guest(
                id: GuestID(rawValue: try text("guest_id") ?? id),
                name: try requiredText("guest_name"),
                status: status ?? .running,
                vcpuCount: try integer("vcpu_num") ?? 2,
                memoryMB: try integer("vram_size") ?? 4_096,
                storageBytes: try integer("storage_size", upTo: .max).map(Int64.init) ?? 50 << 30,
                autorun: try integer("autorun", upTo: 2) ?? 0,
                description: try text("description") ?? ""
            ),
            host: host
        )
    }
}
