import VirtualMachines

/// A guest of a simulated cluster: what a manager sees of it, and what lies behind.
public struct SimulatedGuest: Sendable, Equatable {
    /// What a manager sees.
    ///
    /// Its status keeps to the documented words: a guest in transition shows its old status until the task completes.
    public var guest: Guest
    /// Which of the cluster's hosts it runs on, counted from 0.
    public var host: Int
    /// How it deviates from a guest that does as told.
    public var behaviour: Behaviour
    /// What `Get` adds on request, by the words of ``GuestDetail``.
    public var details: JSONObject
    /// The number of the task that works on it.
    var activeTask: Int?

    /// Describes a guest at rest.
    public init(_ guest: Guest, host: Int = 0, behaviour: Behaviour = Behaviour(), details: JSONObject = [:]) {
        self.guest = guest
        self.host = host
        self.behaviour = behaviour
        self.details = details
    }

    /// The guest with those details that `additional` names.
    public func report(additional: Set<GuestDetail>) -> Guest {
        guard !additional.isEmpty else { return guest }
        var report = guest
        for detail in GuestDetail.allCases where additional.contains(detail) {
            report.extra[detail.rawValue] = details[detail.rawValue] ?? .array([])
        }
        return report
    }
}
