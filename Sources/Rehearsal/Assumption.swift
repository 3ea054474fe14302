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
    /// So many of the boots and shutdowns of guests take as long as in earlier runs, and the others as these say.
    case durations(known: Int, of: Int, others: Timings)
    /// The hosts have room as one, as the NAS doesn't tell which guest is on which.
    case sharedRoom
    /// The hosts have room for every guest, as the NAS doesn't tell what they have.
    case unknownRoom
    /// Tasks have other ids and another progress in the run, and those from before have ended.
    case tasks
    /// What guests use of CPU and memory is as it was when they were read, as far as they are up.
    case usage
    /// Calls take no time: the clock, which the script has read, goes on only while guests or the script need time.
    case clock
    /// The script draws random numbers, as under that seed; a run without it draws others.
    case chance(seed: UInt64)
}
