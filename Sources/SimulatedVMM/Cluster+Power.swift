import VirtualMachines

extension Cluster {
    /// Starts a power action and gives the task that carries it out.
    ///
    /// `force` counts for ``PowerAction/powerOff`` alone. Throws `wrongState` where the guest is so already or another
    /// task works on it, and `insufficientResources` where its host can't take it on.
    public mutating func power(
        _ action: PowerAction,
        _ id: GuestID,
        force: Bool = false
    ) throws(VMMError) -> TaskID {
        let position = try position(of: id)
        let isForced = action == .powerOff && force
        try check(action, isForced: isForced, of: guests[position])
        switch action {
        case .powerOn: return try powerOn(position)
        case .shutdown: return stop(position, by: action, taking: timings.shutdown)
        case .powerOff: return isForced ? cutPower(position) : stop(position, by: action, taking: timings.powerOff)
        }
    }

    /// Whether the guest's state allows the action.
    ///
    /// A paused guest can be resumed or turned off, but can't hear a request to shut down.
    private func check(_ action: PowerAction, isForced: Bool, of target: SimulatedGuest) throws(VMMError) {
        let allowed: Set<GuestStatus> =
            switch action {
            case .powerOn: [.stopped, .paused]
            case .shutdown: [.running]
            case .powerOff: [.running, .paused]
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
        if target.guest.status == .stopped { try checkRoom(for: target) }
        let ending: SimulatedTask.Ending =
            if let reason = target.behaviour.bootFailure { .fails(reason) } else { .reaches(.running) }
        return begin(.powerOn, on: position, for: timings.boot, ending: ending)
    }

    private mutating func stop(_ position: Int, by action: PowerAction, taking duration: Duration) -> TaskID {
        guard guests[position].behaviour.ignoresShutdown else {
            return begin(action, on: position, for: duration, ending: .reaches(.stopped))
        }
        let seconds = timings.stopTimeout.components.seconds
        let reason = "the guest did not shut down within \(seconds) s"
        return begin(action, on: position, for: timings.stopTimeout, ending: .fails(reason))
    }

    private mutating func cutPower(_ position: Int) -> TaskID {
        if let number = guests[position].activeTask, let task = tasks[number] {
            end(number, as: .cancelled, progress: task.progress(at: now))
        }
        return begin(.powerOff, on: position, for: timings.forcedPowerOff, ending: .reaches(.stopped))
    }

    /// Whether the host can take the guest on beside those that are up or coming up.
    private func checkRoom(for target: SimulatedGuest) throws(VMMError) {
        let host = hosts[target.host]
        var freeCPUs = host.vcpuCapacity
        var freeMB = host.memoryCapacityMB
        for other in guests
        where other.host == target.host && (other.guest.status != .stopped || other.activeTask != nil) {
            freeCPUs -= other.guest.vcpuCount
            freeMB -= other.guest.memoryMB
        }
        let name = target.guest.name
        guard target.guest.vcpuCount <= freeCPUs else {
            throw VMMError(
                .insufficientResources,
                "\(name) needs \(target.guest.vcpuCount) virtual CPUs; \(host.name) has \(max(0, freeCPUs)) free",
                guest: name
            )
        }
        guard target.guest.memoryMB <= freeMB else {
            throw VMMError(
                .insufficientResources,
                "\(name) needs \(target.guest.memoryMB) MB of memory; \(host.name) has \(max(0, freeMB)) MB free",
                guest: name
            )
        }
    }
}
