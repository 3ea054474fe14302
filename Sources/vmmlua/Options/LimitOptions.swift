import ArgumentParser
import VMMScripting

/// What a script may use.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("CPU time, as in 5s; 1m unless told. Each limit takes none as well.", valueName: "time"),
        transform: TimeLimit.init(argument:)
    )
    var cpuLimit: TimeLimit?

    @Option(
        help: ArgumentHelp(
            "Time in all, as in 30m; 1d unless told. The script is cancelled, then ended.",
            valueName: "time"
        ),
        transform: TimeLimit.init(argument:)
    )
    var timeout: TimeLimit?

    @Option(
        help: ArgumentHelp("What a script cancelled by --timeout may still take; 2m unless told.", valueName: "time"),
        transform: TimeLimit.init(argument:)
    )
    var grace: TimeLimit?

    @Option(
        help: ArgumentHelp("Memory, as in 100MiB; 64MiB unless told.", valueName: "size"),
        transform: SizeLimit.init(argument:)
    )
    var memoryLimit: SizeLimit?

    @Option(
        help: ArgumentHelp("What it prints and logs; 16MiB unless told.", valueName: "size"),
        transform: SizeLimit.init(argument:)
    )
    var outputLimit: SizeLimit?

    @Option(
        help: ArgumentHelp("Lua source, for each file and each load; 1MiB unless told.", valueName: "size"),
        transform: SizeLimit.init(argument:)
    )
    var sourceLimit: SizeLimit?

    @Option(
        help: ArgumentHelp("Calls on guests and waits; 100000 unless told.", valueName: "n"),
        transform: CountLimit.init(argument:)
    )
    var operationLimit: CountLimit?

    @Option(
        help: ArgumentHelp("Coroutines and tasks at a time; 20000 unless told.", valueName: "n"),
        transform: CountLimit.init(argument:)
    )
    var coroutineLimit: CountLimit?

    var limits: ScriptLimits {
        var limits = ScriptLimits()
        if let cpuLimit { limits.cpuTime = cpuLimit.duration }
        if let timeout { limits.time = timeout.duration }
        if let grace { limits.grace = grace.duration }
        if let memoryLimit { limits.memory = memoryLimit.bytes }
        if let outputLimit { limits.output = outputLimit.bytes }
        if let sourceLimit { limits.source = sourceLimit.bytes }
        if let operationLimit { limits.operations = operationLimit.count }
        if let coroutineLimit { limits.coroutines = coroutineLimit.count }
        return limits
    }
}

/// A duration above zero, or none.
struct TimeLimit: Equatable {
    let duration: Duration?

    init(argument: String) throws {
        guard argument != "none" else {
            duration = nil
            return
        }
        let text = Double(argument) == nil ? argument : argument + "s"
        guard let parsed = Duration(text: text), parsed >= .milliseconds(1) else {
            throw ValidationError("write a time such as 5s or 1h30m, or none")
        }
        duration = parsed
    }
}

/// A number of bytes above zero, or none.
struct SizeLimit: Equatable {
    let bytes: Int?

    private static let units = [
        "": 1, "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000,
        "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
    ]

    init(argument: String) throws {
        guard argument != "none" else {
            bytes = nil
            return
        }
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let unit = Self.units[String(argument.dropFirst(digits.count))] ?? 0
        let (size, overflows) = (Int(digits) ?? 0).multipliedReportingOverflow(by: unit)
        guard size > 0, !overflows else { throw ValidationError("write a size such as 64MiB or 500kB, or none") }
        bytes = size
    }
}

/// A number above zero, or none.
struct CountLimit: Equatable {
    let count: Int?

    init(argument: String) throws {
        guard argument != "none" else {
            count = nil
            return
        }
        guard let number = Int(argument), number > 0 else {
            throw ValidationError("write a number from 1 up, or none")
        }
        count = number
    }
}
