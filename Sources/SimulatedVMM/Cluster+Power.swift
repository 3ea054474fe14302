import VirtualMachines

extension Cluster {
    /// Starts a power action and gives the task that carries it out.
    ///
    /// `force` counts for ``PowerAction/powerOff`` alone. With `failure` the task takes its time and fails for that reason,
    /// and the guest stays as it was. Throws `wrongState` where the guest is so already or another
    /// task works on it, and `insufficientResources` where its host can't take it on.
    public mutating func power(
        _ action: PowerAction,
        _ id: GuestID,
        force: Bool = false,
        failure: String? = nil
    ) throws(VMMError) -> TaskID {
        let position = try position(of: id)
        let isForced = action == .powerOff && force
        try check(action, isForced: isForced, of: guests[position])
        if let failure {
            let duration = duration(of: action, guests[position], isForced: isForced)
            return begin(action, on: position, for: duration, showing: nil, ending: .fails(failure))
        }
        switch action {
        case .powerOn: return try powerOn(position)
        case .powerOff where isForced: return cutPower(position)
        case .shutdown, .powerOff: return stop(position, by: action)
        }
    }

    /// How long an action takes a guest that does as it is told.
    public func duration(of action: PowerAction, _ target: SimulatedGuest, isForced: Bool = false) -> Duration {
        switch action {
        case .powerOn: target.behaviour.bootDuration ?? timings.boot
        case .shutdown: target.behaviour.shutdownDuration ?? timings.shutdown
        case .powerOff: isForced ? timings.forcedPowerOff : timings.powerOff
        }
    }

    /// Shuts a guest down and starts it again, as one task.
    ///
    /// Throws `wrongState` where the guest isn't running or another task works on it.
    public mutating func reboot(_ id: GuestID) throws(VMMError) -> TaskID {
        let position = try position(of: id)
        try check(.shutdown, isForced: false, of: guests[position])
        let target = guests[position]
        let duration = duration(of: .shutdown, target) + duration(of: .powerOn, target)
        return begin(.powerOn, on: position, for: duration, showing: .booting, ending: .reaches(.running))
    }

    /// Whether the guest's state allows the action.
    ///
    /// A paused guest can be resumed or turned off, but can't hear a request to shut down. One of which nothing is known, in
    /// a clone of a NAS's guests, is taken for one: most dialects have no word for a paused guest.
    private func check(_ action: PowerAction, isForced: Bool, of target: SimulatedGuest) throws(VMMError) {
        let allowed: Set<GuestStatus> =
            switch action {
            case .powerOn: [.stopped, .paused, .crashed, .unknown]
            case .shutdown: [.running]
            case .powerOff: [.running, .paused, .unknown]
            }
        let isFree = target.activeTask == nil || isForced
        guard allowed.contains(target.guest.status), isFree else {
            throw VMMError(
                .wrongState,
                "\(target.guest.name) can't do \(action.rawValue): it is \(state(of: target))",
                guest: target.guest.name
            )
        }
    }

    private mutating func powerOn(_ position: Int) throws(VMMError) -> TaskID {
        let target = guests[position]
        if target.guest.status.isDown { try checkRoom(for: target) }
        let ending: SimulatedTask.Ending =
            if let reason = target.behaviour.bootFailure { .fails(reason) } else { .reaches(.running) }
        return begin(.powerOn, on: position, for: duration(of: .powerOn, target), showing: .booting, ending: ending)
    }

    private mutating func stop(_ position: Int, by action: PowerAction) -> TaskID {
        let duration = duration(of: action, guests[position])
        let behaviour = guests[position].behaviour
        if behaviour.hangsShuttingDown {
            let never = Timestamp.distantFuture - now
            return begin(action, on: position, for: never, showing: .shuttingDown, ending: .reaches(.stopped))
        }
        guard behaviour.ignoresShutdown else {
            return begin(action, on: position, for: duration, showing: .shuttingDown, ending: .reaches(.stopped))
        }
        let reason = "the guest did not shut down within \(timings.stopTimeout.components.seconds) s"
        return begin(action, on: position, for: timings.stopTimeout, showing: nil, ending: .fails(reason))
    }

    private mutating func cutPower(_ position: Int) -> TaskID {
        if let number = guests[position].activeTask, let task = tasks[number] {
            end(number, as: .cancelled, progress: task.progress(at: now))
        }
        let duration = duration(of: .powerOff, guests[position], isForced: true)
        return begin(.powerOff, on: position, for: duration, showing: .shuttingDown, ending: .reaches(.stopped))
    }

    // MARK: Room

    /// What the guest's host is short of to take it on beside those that are up or coming up; nil if there is room.
    public func shortage(for target: SimulatedGuest) -> VMMError.Resource? {
        let free = free(onHost: target.host)
        if target.guest.vcpuCount ?? 0 > free.vcpuCount { return .vcpus }
        return target.guest.memoryMB ?? 0 > free.memoryMB ? .memory : nil
    }

    private func checkRoom(for target: SimulatedGuest) throws(VMMError) {
        guard let shortage = shortage(for: target) else { return }
        let free = free(onHost: target.host)
        let name = target.guest.name
        let host = hosts[target.host].name
        let words =
            switch shortage {
            case .vcpus: "\(target.guest.vcpuCount ?? 0) virtual CPUs; \(host) has \(free.vcpuCount) free"
            case .memory: "\(target.guest.memoryMB ?? 0) MB of memory; \(host) has \(free.memoryMB) MB free"
            }
        throw VMMError(.insufficientResources, "\(name) needs \(words)", guest: name, lacking: shortage)
    }
}
