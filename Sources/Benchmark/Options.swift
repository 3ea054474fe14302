/// The command line.
struct Options {
    /// How often each measurement and its floor take turns.
    var rounds = 21
    /// Whether the report is JSON rather than a table.
    var writesJSON = false
    /// The one group of measurements to take; all without it.
    var group: String?
    /// The `vmmlua` that is measured, and that simulates a NAS.
    var command: String?
    /// How many times as fast the simulated guests of the rolling restarts shut down and boot.
    var speed = 2
    /// A folder with the `python` and the `ansible-playbook` of the tools that restart guests as well.
    var peers: String?
    /// A Python that has PyPI's `synology-api`.
    var python: String?

    static let groups = ["start", "tasks", "calls", "guests", "sandbox", "client", "workflows"]

    static let usage =
        "usage: benchmark [--output text|json] [--rounds N] [--only \(groups.joined(separator: "|"))] "
        + "[--speed N] [--command PATH-OF-VMMLUA] [--python PATH-OF-PYTHON-WITH-SYNOLOGY-API] "
        + "[--peers FOLDER-OF-PYTHON-AND-ANSIBLE]"

    func measures(_ name: String) -> Bool { group == nil || group == name }

    init(_ arguments: some Sequence<String>) throws(BenchmarkError) {
        var arguments = arguments.makeIterator()
        while let name = arguments.next() {
            let value = arguments.next()
            switch (name, value, value.flatMap { Int($0) }) {
            case ("--output", "text", _): writesJSON = false
            case ("--output", "json", _): writesJSON = true
            case ("--rounds", _, let count?) where count > 0: rounds = count
            case ("--speed", _, let factor?) where factor > 0: speed = factor
            case ("--peers", let path?, _): peers = path
            case ("--command", let path?, _): command = path
            case ("--python", let path?, _): python = path
            case ("--only", let name?, _) where Self.groups.contains(name): group = name
            default: throw BenchmarkError("wrong or incomplete option '\(name)'\n\(Self.usage)", isUsage: true)
            }
        }
    }
}
