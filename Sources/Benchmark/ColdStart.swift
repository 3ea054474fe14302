import CBenchmarkFloor

/// The start of `vmmlua` for the shortest script, beside the start of a shell that does nothing.
func measureColdStart(of command: String?, _ report: inout Report) async throws {
    let names = (time: "vmmlua eval 'return 1', start to end", size: "vmmlua eval 'return 1', peak of memory")
    guard let command, usage(command, "eval", "return 1").succeeded else {
        let reason = command.map { "'\($0) eval' can't be run" } ?? "--command names no vmmlua"
        report.skip(names.time, because: reason)
        return report.skip(names.size, because: reason)
    }
    let rounds = try await Rounds(
        report.rounds,
        floor: { usage("/bin/sh", "-c", ":") },
        ours: { usage(command, "eval", "return 1") }
    )
    report.add(
        Measurement(
            names.time,
            .milliseconds,
            ours: rounds.ours.map(\.wall),
            floor: rounds.floor.map(\.wall),
            floorName: "a shell that does nothing",
            target: .value(25)
        )
    )
    report.add(
        Measurement(
            names.size,
            .megabytes,
            ours: rounds.ours.map(\.peak_size),
            floor: rounds.floor.map(\.peak_size),
            floorName: "a shell that does nothing; Linux shows no less than the benchmark's own size",
            target: .value(40)
        )
    )
}

private func usage(_ program: String, _ first: String, _ second: String) -> process_usage {
    unsafe measure_process(program, first, second)
}
