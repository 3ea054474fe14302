import ArgumentParser
import VMMScripting

/// What a script may do.
struct PermissionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Let the script do more, as in vmm.power_off or vmm.set:web-*; may be repeated.",
            valueName: "perm"
        )
    )
    var allow: [String] = []

    @Option(help: ArgumentHelp("Keep the script from something, as in vmm.*:fw-*; beats --allow.", valueName: "perm"))
    var deny: [String] = []

    /// The options as they were given.
    var words: [String] { allow.flatMap { ["--allow", $0] } + deny.flatMap { ["--deny", $0] } }

    func policy() throws(UsageError) -> PermissionPolicy {
        PermissionPolicy(allow: try rules(allow, of: "--allow"), deny: try rules(deny, of: "--deny"))
    }

    /// Looks out for rules that no guest is concerned by.
    func scopeCheck(_ warnings: Warnings) throws(UsageError) -> GuestScopeCheck {
        let (allowed, denied) = (try rules(allow, of: "--allow"), try rules(deny, of: "--deny"))
        let flags =
            allowed.map { GuestScopeCheck.Flag(name: "--allow", rule: $0) }
            + denied.map { GuestScopeCheck.Flag(name: "--deny", rule: $0) }
        return GuestScopeCheck(of: flags, warnings)
    }

    private func rules(_ texts: [String], of flag: String) throws(UsageError) -> [PermissionRule] {
        var rules: [PermissionRule] = []
        for text in texts {
            do throws(ScriptError) {
                rules.append(try PermissionRule(text))
            } catch {
                throw UsageError("\(flag): \(error.message)", hint: error.hint)
            }
        }
        return rules
    }
}
