/// How much of a guest is told, as the dialects of a NAS differ in that.
public enum GuestView: Sendable, Equatable {
    /// As the documented dialect tells it, which has only `running`, `stopped` and `paused`: a guest in transition shows
    /// its old status until its task completes, and one that isn't there or has crashed is `stopped`. An
    /// unknown status stays unknown.
    case documented
    /// As the public dialect tells it: a guest in transition is `booting` or `shutting_down`, and one may be `crashed`.
    case `public`
    /// As the internal dialect tells it: as the public one, and its host is named.
    case full
}
