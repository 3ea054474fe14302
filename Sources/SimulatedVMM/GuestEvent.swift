/// What happens to a simulated guest by itself.
public enum GuestEvent: Sendable, Equatable {
    /// It crashes, if it is up or coming up; a task that works on it fails.
    case crash
    /// It is gone, as if another operator had deleted it.
    case vanish
    /// It has another name, as if another operator had renamed it; nobody checks whether the name is taken.
    case rename(String)
}
