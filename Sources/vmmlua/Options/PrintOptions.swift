import ArgumentParser

/// How a terminal gets what a script prints.
struct PrintOptions: ParsableArguments {
    @Flag(help: "At a terminal, let control characters through that the script prints; on a pipe nothing is escaped.")
    var raw = false
}
