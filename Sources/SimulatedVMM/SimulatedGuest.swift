import VirtualMachines

/// A guest of a simulated cluster: what a manager sees of it, and what lies behind.
public struct SimulatedGuest: Sendable, Equatable {
    /// Its settings and the status that it rests in: in transition that is the old one.
    public var guest: Guest
    /// Which of the cluster's hosts it runs on, counted from 0.
    public var host: Int
    /// How it deviates from a guest that does as told.
    public var behaviour: Behaviour
    /// What `Get` adds on request, by the words of ``GuestDetail``.
    public var details: JSONObject
    /// The number of the task that works on it.
    var activeTask: Int?
    /// What it is going through while a task works on it.
    var transition: GuestStatus?

    /// Describes a guest at rest.
    public init(_ guest: Guest, host: Int = 0, behaviour: Behaviour = Behaviour(), details: JSONObject = [:]) {
        self.guest = guest
        self.host = host
        self.behaviour = behaviour
        self.details = details
    }

    /// Its status, as far as that view tells it.
    public func status(in view: GuestView) -> GuestStatus {
        switch view {
        case .documented: [.running, .paused, .unknown].contains(guest.status) ? guest.status : .stopped
        case .public, .full: transition ?? guest.status
        }
    }
}
