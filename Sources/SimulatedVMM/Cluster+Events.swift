import VirtualMachines

extension Cluster {
    /// An event that is still to come.
    struct ScheduledEvent: Sendable {
        var time: Timestamp
        var guestID: GuestID
        var event: GuestEvent
    }

    /// Has something happen to a guest at `time`; at once if that has passed.
    ///
    /// Throws `notFound`. When the guest is gone by then, nothing happens.
    public mutating func schedule(_ event: GuestEvent, of id: GuestID, at time: Timestamp) throws(VMMError) {
        _ = try position(of: id)
        schedule(ScheduledEvent(time: time, guestID: id, event: event))
        advance(to: now)
    }

    mutating func happen(_ event: ScheduledEvent) {
        guard let position = index[event.guestID] else { return }
        switch event.event {
        case .crash: crash(position)
        case .vanish:
            interrupt(position, because: "the guest is gone")
            remove(position)
        case .rename(let name): change(position) { $0.guest.name = name }
        }
    }

    private mutating func crash(_ position: Int) {
        guard !guests[position].guest.status.isDown || guests[position].transition == .booting else { return }
        interrupt(position, because: "the guest crashed")
        rest(position, in: .crashed)
    }

    private mutating func interrupt(_ position: Int, because reason: String) {
        guard let number = guests[position].activeTask, let task = tasks[number] else { return }
        end(number, as: .failed, progress: task.progress(at: now), failure: reason)
    }
}
