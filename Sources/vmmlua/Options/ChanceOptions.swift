import ArgumentParser

/// The random numbers that a script draws.
struct ChanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Seed of math.random, from 0 up: the same one draws the same numbers. Another one each time unless told.",
            valueName: "n"
        )
    )
    var seed: UInt64?
}
