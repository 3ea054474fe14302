import Rehearsal
import SimulatedVMM
import SynologyVMM

extension Rehearsal {
    /// A rehearsal over guests on a NAS that is spoken to in that dialect: it tells and does what the dialect has words for.
    init(_ cluster: Cluster, speaking dialect: DialectName) {
        let view: GuestView =
            switch dialect {
            case .documented: .documented
            case .public: .public
            case .internal: .full
            }
        self.init(cluster, view: view, givesTasks: dialect == .documented)
        restriction = { RestrictedManager($0, to: dialect) }
    }
}
