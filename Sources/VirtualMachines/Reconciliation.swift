/// A write whose answer is missing, and the guest as it was read right before.
public struct UnansweredWrite: Sendable, Equatable {
    /// What was asked.
    public enum Action: Sendable, Equatable {
        /// A change of power.
        case power(PowerAction)
        /// A change of settings.
        case set(GuestSettings)
        /// The guest's deletion.
        case delete
    }

    /// What was asked.
    public var action: Action
    /// The guest before it.
    public var before: Guest

    /// Describes a write.
    public init(_ action: Action, before: Guest) {
        self.action = action
        self.before = before
    }
}

/// What was seen since a write's answer went missing.
public struct WriteEvidence: Sendable, Equatable {
    /// The guest as it was read last; nil where a whole list of guests doesn't have it.
    public var guest: Guest?
    /// Whether the NAS works on the guest, by a task that does what was asked.
    public var hasRunningTask: Bool
    /// Whether the NAS has ended a task that did what was asked, and that nobody else is known to have begun.
    public var hasEndedTask: Bool
    /// For how long a guest that is absent has been so, by two whole lists that held other guests known before.
    public var absence: Duration
    /// How long ago the connection ended at the time of that reading.
    public var sinceLost: Duration
    /// How long ago the write was meant to be sent.
    public var sinceIntent: Duration
    /// Whether the NAS may still be at work on the request, as it never gave an answer that could get lost.
    public var mayBeUnderWay: Bool

    /// Describes what was seen.
    public init(
        guest: Guest?,
        hasRunningTask: Bool = false,
        hasEndedTask: Bool = false,
        absence: Duration = .zero,
        sinceLost: Duration,
        sinceIntent: Duration,
        mayBeUnderWay: Bool = false
    ) {
        self.guest = guest
        self.hasRunningTask = hasRunningTask
        self.hasEndedTask = hasEndedTask
        self.absence = absence
        self.sinceLost = sinceLost
        self.sinceIntent = sinceIntent
        self.mayBeUnderWay = mayBeUnderWay
    }
}

/// What became of a write whose answer is missing, and so what is to be done about it.
///
/// Everything rests on one assumption: a request takes effect within `settle` of its connection's end, or never. A NAS that
/// took too long over its answer is not trusted with that: what it was asked is never asked again.
public enum Reconciliation: Sendable, Equatable {
    /// It took effect.
    case done
    /// It has left no trace yet, but still might.
    case lookAgain
    /// It left no trace and can't any more: it may be sent again.
    case sendAgain
    /// Nobody can tell: a person has to.
    case unknown

    /// After that, what an operator or a guest did since can't be told from what the write did.
    public static let youth = Duration.seconds(600)

    /// Decides.
    public init(of write: UnansweredWrite, _ evidence: WriteEvidence, settle: Duration) {
        if Self.isDone(write, evidence, settle: settle) {
            self = .done
        } else if !Self.isUntouched(write, evidence) {
            self = .unknown
        } else if evidence.hasEndedTask {
            // The guest may have come up and crashed since.
            self = .unknown
        } else if evidence.sinceLost < settle || evidence.guest == nil {
            // A guest that is absent is never deleted again: its absence is proved soon.
            self = .lookAgain
        } else {
            self = evidence.sinceIntent < Self.youth && !evidence.mayBeUnderWay ? .sendAgain : .unknown
        }
    }

    private static func isDone(_ write: UnansweredWrite, _ evidence: WriteEvidence, settle: Duration) -> Bool {
        switch write.action {
        case .power(let action):
            if evidence.hasRunningTask { return true }
            guard let status = evidence.guest?.status else { return false }
            return action == .powerOn
                ? [.running, .booting].contains(status) : [.stopped, .crashed, .shuttingDown].contains(status)
        case .set(let settings):
            guard let guest = evidence.guest else { return false }
            return settings.hold(in: guest)
        case .delete:
            return evidence.guest == nil && evidence.absence >= settle
        }
    }

    /// Whether nothing has happened to the guest that the write could have done in part, or that forbids it now.
    private static func isUntouched(_ write: UnansweredWrite, _ evidence: WriteEvidence) -> Bool {
        guard let guest = evidence.guest else {
            // The absence may yet prove to be the deletion.
            return write.action == .delete
        }
        // A status that says nothing says nothing against it, as long as there is time to look again.
        if guest.status.isNoNews { return true }
        switch write.action {
        case .power: return guest.status == write.before.status
        case .set(let settings): return settings.isUntouched(from: write.before, in: guest)
        case .delete: return guest.status == write.before.status
        }
    }
}

extension GuestSettings {
    /// Whether every setting that is to be changed is seen to have the value it had: a number that can't be read may be another.
    fileprivate func isUntouched(from before: Guest, in guest: Guest) -> Bool {
        func isSame(_ wanted: Int?, _ number: Int?, as before: Int?) -> Bool {
            wanted == nil || number != nil && number == before
        }
        return isSame(vcpuCount, guest.vcpuCount, as: before.vcpuCount)
            && isSame(memoryMB, guest.memoryMB, as: before.memoryMB)
            && isSame(autorun, guest.autorun, as: before.autorun)
            && (description == nil || guest.description == before.description)
            && (name == nil || guest.name == before.name)
    }
}
