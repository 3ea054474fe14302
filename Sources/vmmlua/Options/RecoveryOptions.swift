import ArgumentParser
import VMMScripting
import VirtualMachines

/// What is made of writes whose answers get lost.
struct RecoveryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long a request whose answer got lost may still take effect, from 1s to 100s; 10s unless told.",
            valueName: "time"
        ),
        transform: Self.settle
    )
    var settle = ScriptHost.Configuration().settle

    /// Beyond 100 s there is no time left to watch what a second try led to, before a write is too old to tell.
    private static func settle(_ argument: String) throws -> Duration {
        guard let time = Duration(text: argument), time >= .seconds(1), time <= .seconds(100) else {
            throw ValidationError("write a time from 1s to 100s")
        }
        return time
    }
}
