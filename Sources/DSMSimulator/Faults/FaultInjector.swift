import Synchronization
import VirtualMachines

/// The fault plan of a running server.
final class FaultInjector: Sendable {
    private let plan: Mutex<FaultPlan>
    private let start: Timestamp

    init(_ plan: FaultPlan, start: Timestamp) {
        self.plan = Mutex(plan)
        self.start = start
    }

    func add(_ fault: Fault) {
        plan.withLock { $0.add(fault) }
    }

    func decide(_ call: FaultPlan.Call, at now: Timestamp) -> FaultPlan.Decision {
        plan.withLock { $0.decide(call, after: now - start) }
    }
}
