import VirtualMachines

/// The time of day that a script sees: the wall clock's, which somebody may set, but it never goes back.
///
/// A wall clock that is set ahead is followed at once. When it is set back, the script's time goes on at half its pace until the
/// wall clock has caught up: a script that waits for a time of day still gets there.
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
