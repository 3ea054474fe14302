import CBenchmarkFloor
import Foundation

/// The plan of a rolling restart that takes three hours: the time and the memory for 1,000 guests, and how both grow.
///
/// The guests are read from a simulated NAS in another process, as a plan for a real one reads them.
func measurePlans(_ command: String?, _ report: inout Report) async throws {
    let name = "plan of a rolling restart of 1,000 guests over 3 h"
    guard let command else { return report.skip(name, because: "--command names no vmmlua") }
    guard let small = try PlannedRestart(command, guestCount: 1_000, pause: "9m"),
        let large = try PlannedRestart(command, guestCount: 10_000, pause: "19s")
    else { return report.skip(name, because: "'\(command) simulate' can't be run") }
    let rounds = try await Rounds(
        min(report.rounds, 3),
        floor: { try small.usage() },
        ours: { try large.usage() }
    )
    report.add(Measurement(name, .seconds, ours: rounds.floor.map(\.wall), target: .value(1)))
    report.add(
        Measurement(
            "\(name), peak of memory",
            .megabytes,
            ours: rounds.floor.map(\.peak_size),
            target: .value(150)
        )
    )
    report.add(
        Measurement(
            "the same of 10,000 guests",
            .seconds,
            ours: rounds.ours.map(\.wall),
            floor: rounds.floor.map { $0.wall * 10 },
            floorName: "ten times what 1,000 take",
            target: .ratio(1.1)
        )
    )
    report.add(
        Measurement(
            "the same of 10,000 guests, peak of memory",
            .megabytes,
            ours: rounds.ours.map(\.peak_size),
            floor: rounds.floor.map { $0.peak_size * 10 },
            floorName: "ten times what 1,000 take",
            target: nil
        )
    )
}

/// A script that restarts all guests of a simulated NAS, 50 at a time, and pauses so long that it takes three hours.
private final class PlannedRestart {
    private let command: String
    private let nas: SimulatorProcess
    private let script = FileManager.default.temporaryDirectory.appending(path: "plan-\(UUID().uuidString).lua")

    init?(_ command: String, guestCount: Int, pause: String) throws {
        guard let nas = try SimulatorProcess(command, scenario: scenario(equalGuests: guestCount)) else { return nil }
        self.command = command
        self.nas = nas
        let source = "flow.rolling(vmm.list(), { batch = 50, pause = '\(pause)' }, flow.restart)"
        try Data(source.utf8).write(to: script)
    }

    deinit {
        try? FileManager.default.removeItem(at: script)
    }

    func usage() throws -> process_usage {
        let usage = nas.inEnvironment { unsafe measure_process(command, "plan", script.path) }
        guard usage.succeeded else { throw BenchmarkError("'\(command) plan' failed") }
        return usage
    }
}
