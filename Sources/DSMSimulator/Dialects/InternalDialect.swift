import SimulatedVMM
import VirtualMachines

/// The internal dialect, as DSM's own web page speaks it: memory is told in KiB and set in MiB.
enum InternalDialect {
    static let apis = [
        WebAPI(
            name: DocumentedDialect.guestAPI,
            versions: 1...1,
            isJSON: true,
            methods: [.write("set", setGuest)],
            code: code
        ),
        WebAPI(
            name: DocumentedDialect.guestAPI,
            versions: 2...2,
            isJSON: true,
            methods: [.read("list", listGuests), .read("get", getGuest)],
            code: code
        ),
        WebAPI(
            name: "\(DocumentedDialect.guestAPI).Action",
            versions: 1...1,
            isJSON: true,
            methods: [.write("pwr_ctl", controlPower)],
            code: code
        ),
        WebAPI(
            name: "SYNO.Virtualization.Host",
            versions: 2...2,
            isJSON: true,
            methods: [.read("list", listHosts)],
            code: code
        ),
    ]

    /// The numbers for what isn't about power are inferred: those of the public dialect.
    @Sendable private static func code(_ error: VMMError) -> Int {
        if let code = error.apiCode { return code }
        return switch error.code {
        case .badArgument, .notFound, .ambiguous: 401
        case .nameConflict: 403
        case .insufficientResources: error.lacking == .vcpus ? 902 : 903
        default: 402
        }
    }

    // MARK: Reads

    @Sendable private static func listGuests(_ cluster: inout Cluster, _ parameters: Parameters) -> JSONObject? {
        [
            "guests": .array(cluster.guests.map { .object(describe($0, in: cluster)) }),
            "is_freeze": false,
            "canHA": false,
            "canMove": .bool(cluster.hosts.count > 1),
        ]
    }

    @Sendable private static func getGuest(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        describe(try cluster.guest(parameters), in: cluster)
    }

    @Sendable private static func listHosts(_ cluster: inout Cluster, _ parameters: Parameters) -> JSONObject? {
        let hosts = cluster.inventory(.hosts)
            .map { host in
                var host = host
                for field in ["free_ram_size", "total_ram_size"] {
                    guard case .integer(let megabytes)? = host[field] else { continue }
                    host[field] = .integer(megabytes << 10)
                }
                return JSONValue.object(host)
            }
        return ["hosts": .array(hosts)]
    }

    private static func describe(_ simulated: SimulatedGuest, in cluster: Cluster) -> JSONObject {
        let guest = simulated.guest
        let status = simulated.status(in: .full)
        let host = cluster.hosts[simulated.host]
        let kibibytes = Int64(guest.memoryMB ?? 0) << 10
        return [
            "guest_id": .string(guest.id.rawValue),
            "name": .string(guest.name),
            "desc": .string(guest.description ?? ""),
            "status": .string(PublicDialect.word(for: status)),
            "status_type": status == .crashed ? "error" : "healthy",
            "autorun": .integer(Int64(guest.autorun ?? 0)),
            "is_online": .bool(!status.isDown),
            "is_acting": .bool(status == .booting || status == .shuttingDown),
            "has_agent": .bool(!simulated.behaviour.ignoresShutdown),
            "host_id": .string(host.id),
            "host_name": .string(host.name),
            "vcpu_num": JSONValue(guest.vcpuCount),
            "vcpu_usage": status.isDown ? "" : 3,
            "vram_size": guest.memoryMB == nil ? .null : .integer(kibibytes),
            "ram_used": .integer(status.isDown ? 0 : kibibytes / 2),
            "repo_id": .string(cluster.storage(of: simulated)?.id ?? ""),
            "snap_num": 0,
            "use_ovmf": false,
        ]
    }

    // MARK: Writes

    @Sendable private static func setGuest(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        var settings = try GuestSettings(parameters)
        settings.description = parameters.possiblyEmptyText("desc")
        settings.name = parameters.text("name")
        try cluster.set(try cluster.guest(parameters).guest.id, settings)
        return nil
    }

    @Sendable private static func controlPower(
        _ cluster: inout Cluster,
        _ parameters: Parameters
    ) throws(VMMError) -> JSONObject? {
        let target = try cluster.guest(parameters)
        let id = target.guest.id
        let isDown = target.status(in: .full).isDown
        do throws(VMMError) {
            switch parameters.text("action") {
            case "poweron": _ = try cluster.power(.powerOn, id)
            case "shutdown": _ = try cluster.power(.shutdown, id)
            case "poweroff": _ = try cluster.power(.powerOff, id, force: true)
            case "reboot": _ = try cluster.reboot(id)
            default: throw Parameters.refusal("action")
            }
        } catch {
            guard error.code == .wrongState else { throw error }
            switch parameters.text("action") {
            case "poweron" where !isDown: throw error.numbered(939)
            case "shutdown" where isDown: throw error.numbered(903)
            case "poweroff" where isDown: throw error.numbered(904)
            case "reboot" where isDown: throw error.numbered(905)
            default: throw error
            }
        }
        return nil
    }
}
