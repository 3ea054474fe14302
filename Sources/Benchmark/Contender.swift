import Foundation

/// A program that restarts `web-1` to `web-N` of a simulated NAS, 50 at a time.
struct Contender {
    static let batch = 50

    let name: String
    let program: String
    let arguments: [String]
    let guestCount: Int

    var batchCount: Int { guestCount / Self.batch }

    /// What a restart took.
    struct Result {
        var seconds: Double
        /// All that the NAS got.
        var requests: Int
    }

    /// Runs it to its end; it finds the NAS in its environment.
    ///
    /// Throws if it failed, or left a guest out.
    func restart(on nas: SimulatorProcess) throws -> Result {
        let before = try nas.requestCounts()
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(nas.environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        try process.run()
        process.waitUntilExit()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let after = try nas.requestCounts()
        guard process.terminationStatus == 0, after.writes - before.writes == 2 * guestCount else {
            throw BenchmarkError(
                "\(program) ended with \(process.terminationStatus) after \(after.writes - before.writes) power actions"
            )
        }
        return Result(seconds: seconds, requests: after.all - before.all)
    }
}
