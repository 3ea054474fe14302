import VirtualMachines

extension Cluster {
    /// The guest of that id.
    ///
    /// Throws `notFound`.
    public func guest(_ id: GuestID) throws(VMMError) -> SimulatedGuest {
        guests[try position(of: id)]
    }

    /// The guest of that name.
    ///
    /// Throws `notFound`, and `ambiguous` where several share it.
    public func guest(named name: String) throws(VMMError) -> SimulatedGuest {
        let found = guests.filter { $0.guest.name == name }
        guard let first = found.first else {
            throw VMMError(.notFound, "no guest is named '\(name)'", guest: name)
        }
        guard found.count == 1 else {
            throw VMMError(.ambiguous, "\(found.count) guests are named '\(name)'", hint: "use the id", guest: name)
        }
        return first
    }

    /// A guest as that view tells it, with those details that `additional` names.
    public func report(_ guest: SimulatedGuest, additional: Set<GuestDetail> = [], in view: GuestView) -> Guest {
        var report = guest.guest
        report.status = guest.status(in: view)
        // A guest at rest may carry the word of a cloned NAS.
        if report.status != guest.guest.status { report.rawStatus = report.status.rawValue }
        if view == .full { report.hostName = hosts[guest.host].name }
        for detail in GuestDetail.allCases where additional.contains(detail) {
            report.extra[detail.rawValue] = guest.details[detail.rawValue] ?? .array([])
        }
        return report
    }

    /// Those of all guests that are asked for, as that view tells them.
    func guests(_ selection: GuestSelection, in view: GuestView) -> [Guest] {
        if case .among(let ids) = selection {
            return ids.compactMap { index[$0] }.sorted().map { report(guests[$0], in: view) }
        }
        return guests.indices.compactMap { position in
            selection.contains(guests[position].guest.id, in: guests[position].status(in: view))
                ? report(guests[position], in: view) : nil
        }
    }

    /// Makes a guest deviate from now on; a task that already runs ends as it would have.
    public mutating func setBehaviour(_ behaviour: Behaviour, of id: GuestID) throws(VMMError) {
        change(try position(of: id)) { $0.behaviour = behaviour }
    }

    /// Changes settings; what is nil stays.
    ///
    /// Throws `badArgument` for a value that makes no sense, `nameConflict` for a name that another guest has,
    /// `insufficientResources` for one beyond the host's whole capacity, `wrongState` for CPU or memory of a guest that
    /// isn't down. Nothing is changed then.
    public mutating func set(_ id: GuestID, _ settings: GuestSettings) throws(VMMError) {
        let position = try position(of: id)
        let target = guests[position]
        let name = target.guest.name
        try checkRange(settings, of: name)
        if let wanted = settings.name, guests.contains(where: { $0.guest.name == wanted && $0.guest.id != id }) {
            throw VMMError(.nameConflict, "\(name): another guest is named '\(wanted)'", guest: name)
        }
        if settings.vcpuCount != nil || settings.memoryMB != nil {
            guard target.guest.status.isDown, target.activeTask == nil else {
                throw VMMError(
                    .wrongState,
                    "\(name) must be stopped to change CPU or memory; it is \(state(of: target))",
                    guest: name
                )
            }
        }
        try checkCapacity(of: hosts[target.host], for: name, settings)
        change(position) { target in
            target.guest.vcpuCount = settings.vcpuCount ?? target.guest.vcpuCount
            target.guest.memoryMB = settings.memoryMB ?? target.guest.memoryMB
            target.guest.autorun = settings.autorun ?? target.guest.autorun
            target.guest.description = settings.description ?? target.guest.description
            target.guest.name = settings.name ?? name
        }
    }

    /// Deletes a guest that is down for good.
    ///
    /// Throws `wrongState`.
    public mutating func delete(_ id: GuestID) throws(VMMError) {
        let position = try position(of: id)
        let target = guests[position]
        guard target.guest.status.isDown, target.activeTask == nil else {
            throw VMMError(
                .wrongState,
                "\(target.guest.name) must be stopped to be deleted; it is \(state(of: target))",
                guest: target.guest.name
            )
        }
        remove(position)
    }

    func position(of id: GuestID) throws(VMMError) -> Int {
        guard let position = index[id] else {
            throw VMMError(.notFound, "no guest has the id '\(id)'", guest: id.rawValue)
        }
        return position
    }

    /// What a guest is at, in words for a message.
    func state(of target: SimulatedGuest) -> String {
        guard let number = target.activeTask, let task = tasks[number] else { return target.guest.status.rawValue }
        return "\(target.guest.status.rawValue), and \(task.id) (\(task.action.rawValue)) works on it"
    }

    private func checkRange(_ settings: GuestSettings, of name: String) throws(VMMError) {
        let values: [(word: String, value: Int?, range: ClosedRange<Int>)] = [
            ("vcpu_num", settings.vcpuCount, 1...Int.max),
            ("vram_size", settings.memoryMB, 1...Int.max),
            ("autorun", settings.autorun, 0...2),
        ]
        for (word, value, range) in values {
            guard let value, !range.contains(value) else { continue }
            let expected = range.upperBound == 2 ? "0, 1 or 2" : "at least \(range.lowerBound)"
            throw VMMError(.badArgument, "\(name): \(word) is \(value), expected \(expected)", guest: name)
        }
        if settings.name == "" { throw VMMError(.badArgument, "\(name): a guest needs a name", guest: name) }
    }

    private func checkCapacity(
        of host: SimulatedHost,
        for name: String,
        _ settings: GuestSettings
    ) throws(VMMError) {
        if let wanted = settings.vcpuCount, wanted > host.vcpuCapacity {
            throw VMMError(
                .insufficientResources,
                "\(name): \(wanted) virtual CPUs are more than \(host.name) has (\(host.vcpuCapacity))",
                guest: name,
                lacking: .vcpus
            )
        }
        if let wanted = settings.memoryMB, wanted > host.memoryCapacityMB {
            throw VMMError(
                .insufficientResources,
                "\(name): \(wanted) MB are more than \(host.name) has (\(host.memoryCapacityMB) MB)",
                guest: name,
                lacking: .memory
            )
        }
    }
}
