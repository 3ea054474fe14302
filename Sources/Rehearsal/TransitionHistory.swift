import VMMScripting
import VirtualMachines

/// How long guests took to boot and to shut down in earlier runs, for plans to go by.
public struct TransitionHistory: Sendable, Equatable {
    /// As many times of each guest and action are kept; a guest that has become slower is soon known to be.
    public static let sampleLimit = 5

    /// The latest times of each guest and action, the latest last.
    public private(set) var samples: [GuestID: [PowerAction: [Duration]]]

    /// One that has seen `samples`.
    public init(_ samples: [GuestID: [PowerAction: [Duration]]] = [:]) {
        self.samples = samples.mapValues { $0.mapValues { $0.suffix(Self.sampleLimit) } }
    }

    /// Adds what was seen later.
    public mutating func append(_ later: TransitionHistory) {
        for (guest, actions) in later.samples {
            for (action, durations) in actions {
                for duration in durations { note(action, of: guest, took: duration) }
            }
        }
    }

    /// Adds that an action took a guest so long.
    public mutating func note(_ action: PowerAction, of guest: GuestID, took duration: Duration) {
        let durations = samples[guest, default: [:]][action, default: []] + [duration]
        samples[guest, default: [:]][action] = durations.suffix(Self.sampleLimit)
    }

    /// What an action is expected to take: the middle one of the times that it took; nil where it was never seen.
    public func expected(_ action: PowerAction, of guest: GuestID) -> Duration? {
        guard let durations = samples[guest]?[action]?.sorted(), !durations.isEmpty else { return nil }
        return durations[durations.count / 2]
    }
}

/// Reads out of a run's events how long its guests took to boot and to shut down.
public struct TransitionReader: Sendable {
    /// What was seen so far.
    public private(set) var history = TransitionHistory()
    /// What each guest was asked last, and when the NAS accepted it.
    private var asked: [GuestID: (action: PowerAction, since: Timestamp)] = [:]

    /// One that has seen nothing yet.
    public init() {}

    /// Takes note of an event.
    public mutating func note(_ event: RunEvent) {
        guard case .ended(let report, .success(.task(let task))) = event, task.changed else { return }
        if report.operationClass == .write {
            // Of one whose answer took long, as it was lost perhaps, nobody knows when the guest began. One whose power is cut
            // tells nothing.
            let counts = task.action != .powerOff && report.time - report.start <= .seconds(5)
            asked[task.guestID] = counts ? (task.action, report.time) : nil
        } else if let asked = asked.removeValue(forKey: task.guestID), asked.action == task.action,
            // Whoever came later to wait may have missed the end.
            report.start - asked.since <= .seconds(5)
        {
            history.note(task.action, of: task.guestID, took: report.time - asked.since)
        }
    }
}
