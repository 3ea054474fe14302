/// The command line.
struct Options {
    /// How often each measurement and its floor take turns.
    var rounds = 21
    /// Whether the report is JSON rather than a table.
    var writesJSON = false
    /// The `vmmlua` whose start is measured.
    var command: String?

    static let usage = "usage: benchmark [--output text|json] [--rounds N] [--command PATH-OF-VMMLUA]"

    init(_ arguments: some Sequence<String>) throws(BenchmarkError) {
        var arguments = arguments.makeIterator()
        while let name = arguments.next() {
            let value = arguments.next()
            switch (name, value, value.flatMap { Int($0) }) {
            case ("--output", "text", _): writesJSON = false
            case ("--output", "json", _): writesJSON = true
            case ("--rounds", _, let count?) where count > 0: rounds = count
            case ("--command", let path?, _): command = path
            default: throw BenchmarkError("wrong or incomplete option '\(name)'\n\(Self.usage)", isUsage: true)
            }
        }
    }
}
