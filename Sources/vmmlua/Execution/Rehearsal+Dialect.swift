import Rehearsal
import SimulatedVMM
import SynologyVMM
import VirtualMachines

extension Rehearsal {
    /// A rehearsal over guests that were cloned from `original`, a NAS that speaks `dialect`.
    ///
    /// The script sees the dialect's words and numbers.
    init(_ cluster: Cluster, of original: any VirtualMachineManager, speaking dialect: DialectName) {
        // A clone's guests name their host where the dialect does.
        self.init(
            cluster,
            view: dialect == .documented ? .documented : .public,
            givesTasks: dialect == .documented
        )
        self.original = original
        measures = dialect == .internal ? ["vcpu_usage", "ram_used"] : []
        restriction = { RestrictedManager($0, to: dialect) }
    }
}
