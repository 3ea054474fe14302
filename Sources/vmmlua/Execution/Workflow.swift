import VMMScripting

/// A script that comes with the program, run by its name.
struct Workflow: Sendable {
    /// What one calls it: `rolling-restart`.
    let name: String
    private let bytes: [UInt8]

    /// All of them.
    static let all = [
        Workflow(name: "rolling-restart", bytes: PackageResources.rolling_restart_lua),
        Workflow(name: "staged-shutdown", bytes: PackageResources.staged_shutdown_lua),
        Workflow(name: "ups-shutdown", bytes: PackageResources.ups_shutdown_lua),
        Workflow(name: "resize", bytes: PackageResources.resize_lua),
        Workflow(name: "nightly-maintenance", bytes: PackageResources.nightly_maintenance_lua),
        Workflow(name: "audit", bytes: PackageResources.audit_lua),
    ]

    static func named(_ name: String) -> Workflow? {
        all.first { name == $0.name || name == $0.name + ".lua" }
    }

    /// The script, under its file's name.
    var script: Script { Script(name: name + ".lua", source: bytes) }

    /// Says that there is neither a file nor a workflow of that name.
    static func unknown(_ name: String) -> UsageError {
        let names = all.map(\.name)
        return UsageError(
            "there is no file '\(name)' and no shipped workflow of that name",
            hint: nearNames(to: name, among: names).first.map { "did you mean \($0)?" }
                ?? "shipped are \(names.joined(separator: ", "))"
        )
    }
}
