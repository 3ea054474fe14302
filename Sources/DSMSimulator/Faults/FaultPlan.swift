import SimulatedVMM
import VirtualMachines

/// All faults of a simulated NAS, and how often each has hit: the same calls at the same times give the same faults.
///
/// For each call the faults are asked in their order. Delays add up and a restart goes before the rest; the first fault
/// with another effect ends the search, so that those behind it aren't used up.
public struct FaultPlan: Sendable {
    /// A call as far as a fault can tell it from others.
    struct Call: Sendable, Equatable {
        var api: String
        var method: String
        var action: String?
        /// The id and the name of the guest that it names.
        var guest: [String] = []
    }

    /// What becomes of one call.
    struct Decision: Sendable, Equatable {
        /// How long it waits first.
        var delay = Duration.zero
        /// Whether the NAS has restarted before it.
        var restarts = false
        /// How it ends otherwise than with its answer.
        var ending: Fault.Effect?
    }

    fileprivate struct Entry: Sendable {
        let fault: Fault
        var generator: SplitMix64
        var seenCount = 0
        var hitCount = 0
    }

    private var entries: [Entry]
    private let seed: UInt64

    /// A plan of those faults; `seed` decides where a probability is given.
    public init(_ faults: [Fault] = [], seed: UInt64 = 1) {
        self.seed = seed
        self.entries = []
        for fault in faults { add(fault) }
    }

    /// Adds a fault behind the others.
    public mutating func add(_ fault: Fault) {
        // A generator of its own keeps the dice of one fault apart from the calls that another one sees.
        let generator = SplitMix64(state: seed &* 0x1_0000_0001 &+ UInt64(entries.count))
        entries.append(Entry(fault: fault, generator: generator))
    }

    /// Decides what becomes of a call that comes so long after the start of the server.
    mutating func decide(_ call: Call, after elapsed: Duration) -> Decision {
        var decision = Decision()
        for index in entries.indices where entries[index].hit(call, after: elapsed) {
            switch entries[index].fault.effect {
            case .delay(let duration): decision.delay += duration
            case .restart: decision.restarts = true
            case let ending:
                decision.ending = ending
                return decision
            }
        }
        return decision
    }
}

extension FaultPlan.Entry {
    /// Whether the fault hits; counts the call.
    fileprivate mutating func hit(_ call: FaultPlan.Call, after elapsed: Duration) -> Bool {
        guard elapsed >= fault.from, fault.until.map({ elapsed < $0 }) ?? true else { return false }
        guard hitCount < fault.times ?? .max, fault.calls.match(call) else { return false }
        seenCount += 1
        guard seenCount > fault.skip else { return false }
        // The top 53 bits, as a number from 0 up to 1.
        let dice = Double(generator.next() >> 11) / Double(1 << 53 as UInt64)
        guard dice < fault.probability else { return false }
        hitCount += 1
        return true
    }
}

extension Fault.Calls {
    fileprivate func match(_ call: FaultPlan.Call) -> Bool {
        Glob(api).matches(call.api) && Glob(method).matches(call.method)
            && (action == "*" || call.action.map(Glob(action).matches) ?? false)
            && (guest == "*" || call.guest.contains(where: Glob(guest).matches))
    }
}
