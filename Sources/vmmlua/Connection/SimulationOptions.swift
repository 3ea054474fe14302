import DSMSimulator
import VMMScripting
import VirtualMachines

/// What a simulation is to be like.
struct SimulationOptions: Sendable {
    let scenario: Scenario
    let speed: Double

    /// Takes the scenario of a file, or the standard one, and time as on the wall unless told.
    ///
    /// Throws for what no simulation can have.
    init(scenarioFile: String?, guestCount: Int?, speed: Double?) throws(UsageError) {
        if let speed, !(speed >= 0.001 && speed <= 1_000_000) {
            throw UsageError("--speed must be from 0.001 to 1000000, not \(speed)")
        }
        if let guestCount, !(0...10_000).contains(guestCount) {
            throw UsageError("--guests must be from 0 to 10000, not \(guestCount)")
        }
        guard scenarioFile == nil || guestCount == nil else {
            throw UsageError(
                "--guests and --scenario exclude each other",
                hint: "write standard_guests in the scenario"
            )
        }
        self.speed = speed ?? 1
        if let scenarioFile {
            scenario = try Self.scenario(in: scenarioFile)
        } else {
            scenario = guestCount.map { .standard(guestCount: $0) } ?? .standard()
        }
    }

    private static func scenario(in file: String) throws(UsageError) -> Scenario {
        let bytes = try bytes(ofFile: file, atMost: 4 << 20)
        do throws(VMMError) {
            return try Scenario(yaml: try EditedText(bytes, named: file).text(), file: file)
        } catch {
            throw UsageError(error)
        }
    }
}
