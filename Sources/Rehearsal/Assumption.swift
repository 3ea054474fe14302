import SimulatedVMM
import VirtualMachines

/// Something that a plan takes for granted, as nobody is asked or the NAS doesn't tell.
public enum Assumption: Sendable, Equatable {
    /// What probes of a host answer, and how many there were.
    case probes(host: String, succeed: Bool, count: Int)
    /// What a person answers.
    case approval(question: String, isGiven: Bool)
    /// Nobody else has the lock of that name.
    case freeLock(String)
    /// A guest that is on its way arrives.
    case arrival(guest: String, from: GuestStatus, to: GuestStatus)
    /// How a guest stands of which the NAS doesn't tell.
    case status(guest: String, GuestStatus)
    /// A guest of which the NAS doesn't tell how many CPUs and how much memory it has needs nothing of its host.
    case size(guest: String)
    /// So many of the boots and shutdowns of guests take as long as in earlier runs, and the others as these say.
    case durations(known: Int, of: Int, others: Timings)
    /// The hosts have room as one, as the NAS doesn't tell which guest is on which.
    case sharedRoom
    /// The hosts have room for every guest, as the NAS doesn't tell what they have.
    case unknownRoom
    /// The NAS chooses ids and progress of tasks; its earlier tasks have ended.
    case tasks
    /// Guests that are up use as much CPU and memory as when they were read.
    case usage
    /// The script reads the clock; calls on the NAS take no time.
    case clock
    /// The script draws random numbers; a run draws the same ones only with this seed.
    case chance(seed: UInt64)
}
