/// What a guest is doing, in one vocabulary whatever the dialect; the raw values are what scripts see.
public enum GuestStatus: String, Sendable, Hashable, CaseIterable {
    /// Up.
    case running
    /// Down, in good order.
    case stopped
    /// Frozen in memory.
    case paused
    /// Coming up.
    case booting
    /// Going down.
    case shuttingDown = "shutting_down"
    /// Between hosts or storages.
    case moving
    /// Not there yet: being created, imported or prepared.
    case creating
    /// The passive half of a high-availability pair; never to be powered on.
    case standby
    /// Down, in bad order.
    case crashed
    /// Its host can't be asked.
    case inaccessible
    /// A word that this project doesn't know; ``Guest/rawStatus`` keeps it.
    case unknown

    /// The status for a person to read: `shutting down`.
    public var words: String { rawValue.replacing("_", with: " ") }

    /// Whether the guest gives no service: it counts as out of service.
    public var isDown: Bool { self == .stopped || self == .crashed }

    /// Whether the status says nothing about the guest, so that a wait goes on.
    public var isNoNews: Bool { self == .unknown || self == .inaccessible }
}
