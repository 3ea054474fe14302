import VirtualMachines

/// The time of day that a script reads: the wall clock's, but it never goes back.
///
/// When the wall clock is set ahead, the script's time follows at once. When it is set back, the script's time runs at half
/// speed until the wall clock has caught up, so a script that waits for a time of day still reaches it.
struct ScriptTime: Sendable, Equatable {
    /// The time of day.
    private(set) var shown: Timestamp
    private var instant: Timestamp

    init(_ clock: any RunClock) {
        self.init(shown: clock.wallTime, instant: clock.now)
    }

    init(shown: Timestamp, instant: Timestamp) {
        self.shown = shown
        self.instant = instant
    }

    /// It is `instant` by the run's clock, and the wall clock shows `wallTime`.
    mutating func advance(to instant: Timestamp, wallTime: Timestamp) {
        shown = max(wallTime, shown + max(.zero, instant - self.instant) / 2)
        self.instant = max(instant, self.instant)
    }
}
