import DSMSimulator
import VirtualMachines

/// What a simulation is to be like.
struct SimulationOptions: Sendable {
    var scenario = Scenario.standard()
    var speed = 1.0
}

extension SimulationOptions {
    /// The scenario of a file, or the standard one.
    static func scenario(file: String?, guestCount: Int?) throws(UsageError) -> Scenario {
        if let guestCount, !(0...10_000).contains(guestCount) {
            throw UsageError("--guests must be from 0 to 10000, not \(guestCount)")
        }
        guard let file else { return .standard(guestCount: guestCount ?? 20) }
        guard guestCount == nil else {
            throw UsageError(
                "--guests and --scenario exclude each other",
                hint: "write standard_guests in the scenario"
            )
        }
        let text = String(decoding: try bytes(ofFile: file, atMost: 4 << 20), as: UTF8.self)
        do throws(VMMError) {
            return try Scenario(yaml: text, file: file)
        } catch {
            throw UsageError(error)
        }
    }

    /// Throws for a speed that no simulation can have.
    static func check(speed: Double?) throws(UsageError) {
        if let speed, !(speed >= 0.001 && speed <= 1_000_000) {
            throw UsageError("--speed must be from 0.001 to 1000000, not \(speed)")
        }
    }
}
