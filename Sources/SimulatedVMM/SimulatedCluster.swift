import Synchronization
import VirtualMachines

/// A cluster that lives in a clock's time and may be shared: by an in-process manager, a simulated NAS, and a test.
public final class SimulatedCluster: Sendable {
    /// The time that the cluster lives in.
    public let clock: any RunClock
    private let cluster: Mutex<Cluster>

    /// Puts `cluster` under `clock`.
    public init(_ cluster: Cluster, clock: any RunClock) {
        self.clock = clock
        self.cluster = Mutex(cluster)
    }

    /// Runs `body` on the cluster as it is now.
    public func withCluster<Result: Sendable>(
        _ body: (inout Cluster) throws(VMMError) -> Result
    ) throws(VMMError) -> Result {
        try cluster.withLock { (cluster) throws(VMMError) in
            // Read under the lock, so that the clock's order is the cluster's order.
            cluster.advance(to: clock.now)
            return try body(&cluster)
        }
    }
}
