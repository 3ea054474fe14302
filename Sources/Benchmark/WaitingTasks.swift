import CBenchmarkFloor

/// A script whose 10,000 tasks wait at the same time.
func measureWaitingTasks(of command: String?, _ report: inout Report) async throws {
    let name = "10,000 tasks that wait, peak of memory"
    let script = "for i = 1, 10000 do async.spawn(async.sleep, 0.5) end"
    guard let command, unsafe measure_process(command, "eval", script).succeeded else {
        return report.skip(name, because: "--command names no vmmlua that can run it")
    }
    let rounds = try await Rounds(
        3,
        floor: { unsafe measure_process(command, "eval", "return 1") },
        ours: { unsafe measure_process(command, "eval", script) }
    )
    report.add(
        Measurement(
            name,
            .megabytes,
            ours: rounds.ours.map(\.peak_size),
            floor: rounds.floor.map(\.peak_size),
            floorName: "vmmlua eval 'return 1'",
            target: .value(60)
        )
    )
}
