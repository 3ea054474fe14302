import Synchronization
import VMMScripting
import VirtualMachines

/// Warns of rules whose scope no guest is in: a denial with a slip of the pen in it lets everything pass.
///
/// It looks at the first list of guests that somebody reads.
final class GuestScopeCheck: Sendable {
    /// A rule, and the flag that gave it.
    struct Flag: Sendable {
        let name: String
        let rule: PermissionRule
    }

    private let unchecked: Mutex<[Flag]>
    let warnings: Warnings

    init(of flags: [Flag], _ warnings: Warnings) {
        unchecked = Mutex(flags.filter { $0.rule.guestScope != nil })
        self.warnings = warnings
    }

    /// Whether there are rules for which no list has been read yet.
    var isPending: Bool { !unchecked.withLock(\.isEmpty) }

    /// Takes note of all guests that exist.
    func see(_ guests: [Guest]) {
        for flag in takeUnchecked() {
            guard let meant = flag.rule.scopesMeant(among: guests) else { continue }
            let effect = flag.name == "--deny" ? "so it forbids nothing" : "so it allows nothing"
            let advice = meant.isEmpty ? "" : "; did you mean \(meant.joined(separator: " or "))?"
            warnings.tell("\(flag.name) \(flag.rule.description.quotedForShell) fits no guest, \(effect)\(advice)")
        }
    }

    /// Takes note that the guests can't be read, and that what needs them goes on all the same.
    func fail(_ error: VMMError) {
        for flag in takeUnchecked() {
            let rule = flag.rule.description.quotedForShell
            warnings.tell(
                "\(flag.name) \(rule): whether it fits a guest is not known, as they can't be read: \(error.message)"
            )
        }
    }

    private func takeUnchecked() -> [Flag] {
        unchecked.withLock { unchecked in
            defer { unchecked = [] }
            return unchecked
        }
    }
}
