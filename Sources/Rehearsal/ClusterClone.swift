import SimulatedVMM
import VirtualMachines

/// A cluster such as a NAS has it now, as far as the NAS tells at once; ``Rehearsal/original`` has the rest.
public struct ClusterClone: Sendable {
    /// The clone, at rest.
    public let cluster: Cluster
    /// What of the original could not be taken over.
    public private(set) var remarks: [Assumption] = []
    private let history: TransitionHistory
    /// Guests of which the NAS doesn't tell how they stand.
    private var guestsOfUnknownStatus: [String] = []
    /// Guests of which the NAS doesn't tell how much of a host they need.
    private var guestsOfUnknownSize: [String] = []

    /// Clones what a manager shows, by reading alone.
    ///
    /// Guests take as long as `history` has it, and as `timings` says where it has nothing. Throws what the reads throw; where a
    /// NAS has no words for its hosts, there is one with room for all.
    public init(
        of manager: any VirtualMachineManager,
        timings: Timings,
        history: TransitionHistory = TransitionHistory(),
        now: Timestamp
    ) async throws(VMMError) {
        let guests = try await manager.guests()
        var inventories: [Inventory: [JSONObject]] = [:]
        for kind in Inventory.allCases {
            do throws(VMMError) {
                inventories[kind] = try await manager.inventory(kind)
            } catch {
                guard [.unsupported, .accessDenied].contains(error.code) else { throw error }
            }
        }
        self.init(guests: guests, inventories, timings: timings, history: history, now: now)
    }

    /// Clones guests as they were read; inventories in the public dialect's fields.
    init(
        guests: [Guest],
        _ inventories: [Inventory: [JSONObject]],
        timings: Timings,
        history: TransitionHistory = TransitionHistory(),
        now: Timestamp
    ) {
        var hostOfStorage: [String: String] = [:]
        for case (.string(let id)?, .string(let host)?) in (inventories[.storages] ?? [])
            .map({ ($0["storage_id"], $0["host_name"]) })
        {
            hostOfStorage[id] = host
        }
        // A host without capacities can't be simulated.
        let toldHosts = (inventories[.hosts] ?? []).filter { SimulatedHost(described: $0) != nil }
        let described = toldHosts.compactMap(SimulatedHost.init(described:))
        // Not every dialect tells a guest's host, but where its disks are.
        let places = guests.map { guest -> Int? in
            var name = guest.hostName
            if name == nil, case .string(let storage)? = guest.extra["storage_id"] { name = hostOfStorage[storage] }
            return described.firstIndex { $0.name == name }
        }
        let isKnown = !described.isEmpty && !places.contains(nil)
        var all = isKnown ? described : [SimulatedHost(holding: described)]
        var used = all.map { _ in Load() }
        for (guest, place) in zip(guests, places) { used[isKnown ? place ?? 0 : 0] += SimulatedGuest(guest).load }
        for index in all.indices {
            // A host may run more than it says it can.
            all[index].vcpuCapacity = max(all[index].vcpuCapacity, Int(clamping: used[index].vcpuCount))
            all[index].memoryCapacityMB = max(all[index].memoryCapacityMB, Int(clamping: used[index].memoryMB))
            all[index].leaveFree(isKnown ? [toldHosts[index]] : toldHosts, besides: used[index])
        }
        var remarks: [Assumption] = []
        let simulated = zip(guests, places)
            .map { guest, place in
                var guest = guest
                if let end = guest.status.endOfTransition {
                    remarks.append(.arrival(guest: guest.name, from: guest.status, to: end))
                    guest.status = end
                    guest.rawStatus = end.rawValue
                }
                let behaviour = Behaviour(
                    bootDuration: history.expected(.powerOn, of: guest.id),
                    shutdownDuration: history.expected(.shutdown, of: guest.id)
                )
                return SimulatedGuest(guest, host: isKnown ? place ?? 0 : 0, behaviour: behaviour)
            }
        if !isKnown { remarks.append(described.isEmpty ? .unknownRoom : .sharedRoom) }
        var cluster = Cluster(hosts: all, guests: simulated, timings: timings, now: now)
        cluster.toldInventory = inventories
        // Beyond the numbers of the original's own tasks.
        cluster.numberTasks(after: 1_000_000_000)
        self.cluster = cluster
        self.remarks = remarks
        self.history = history
        guestsOfUnknownSize = guests.filter { $0.vcpuCount == nil || $0.memoryMB == nil }.map(\.name)
        guestsOfUnknownStatus = guests.filter { $0.status == .unknown }.map(\.name)
    }

    /// The ``remarks`` that a run over the clone depended on, and those on the guests that it touched.
    public func remarks(on run: RehearsedRun) -> [Assumption] {
        var actions: [GuestID: Set<PowerAction>] = [:]
        for case .ended(_, .success(.task(let task))) in run.events where task.changed && task.action != .powerOff {
            actions[task.guestID, default: []].insert(task.action)
        }
        let transitions = actions.flatMap { guest, actions in actions.map { (guest: guest, action: $0) } }
        let known = transitions.count { history.expected($0.action, of: $0.guest) != nil }
        let durations = Assumption.durations(known: known, of: transitions.count, others: cluster.timings)
        let touched = run.events.compactMap { event in
            if case .ended(let report, _) = event { report.guest } else { nil }
        }
        let dependsOnRoom = run.dependsOnRoom
        return (transitions.isEmpty ? [] : [durations])
            + remarks.filter { dependsOnRoom || ![.sharedRoom, .unknownRoom].contains($0) }
            // A guest that is neither up nor down is simulated as one that is paused.
            + guestsOfUnknownStatus.filter(touched.contains).map { .status(guest: $0, .paused) }
            + guestsOfUnknownSize.filter(touched.contains).map { .size(guest: $0) }
    }
}

extension SimulatedHost {
    /// Nil for a host that doesn't tell what it has.
    fileprivate init?(described fields: JSONObject) {
        guard case .string(let name)? = fields["host_name"], case .integer(let cpus)? = fields["total_cpu_core"],
            case .integer(let memory)? = fields["total_ram_size"],
            // What no host has can't be read.
            (0...Int64(Int32.max)).contains(cpus), (0...Int64(Int32.max)).contains(memory)
        else { return nil }
        self.init(name: name, vcpuCapacity: Int(clamping: cpus), memoryCapacityMB: Int(clamping: memory))
    }

    /// Sets the reserve so that the free CPUs and memory are the sum that these hosts tell, with what guests use now.
    ///
    /// Without such numbers there is no reserve.
    fileprivate mutating func leaveFree(_ told: [JSONObject], besides used: Load) {
        func free(_ field: String) -> Int128? {
            let numbers = told.compactMap { host -> Int128? in
                if case .integer(let number)? = host[field] { Int128(max(0, number)) } else { nil }
            }
            return !told.isEmpty && numbers.count == told.count ? numbers.reduce(0, +) : nil
        }
        func reserve(_ capacity: Int, _ used: Int128, _ free: Int128?) -> Int {
            free.map { Int(clamping: Int128(capacity) - used - $0) } ?? 0
        }
        reservedVCPUs = reserve(vcpuCapacity, used.vcpuCount, free("free_cpu_core"))
        reservedMemoryMB = reserve(memoryCapacityMB, used.memoryMB, free("free_ram_size"))
    }

    /// One that has what all of them have; of none, room for anything.
    fileprivate init(holding hosts: [SimulatedHost]) {
        func sum(_ capacities: [Int]) -> Int {
            capacities.isEmpty ? .max : Int(clamping: capacities.reduce(Int128(0)) { $0 + Int128($1) })
        }
        self.init(
            name: "all hosts",
            vcpuCapacity: sum(hosts.map(\.vcpuCapacity)),
            memoryCapacityMB: sum(hosts.map(\.memoryCapacityMB))
        )
    }
}

extension GuestStatus {
    /// Where a guest on its way is taken to arrive; nil for one at rest.
    fileprivate var endOfTransition: GuestStatus? {
        switch self {
        case .booting, .moving: .running
        case .shuttingDown, .creating: .stopped
        default: nil
        }
    }
}
