import LuaRuntime

/// Calls of a Swift function from Lua, beside the same calls of a C function.
func measureHostCalls(_ report: inout Report) async throws {
    let state = try LuaState()

    try await state.define("f") { call in
        call.return(try call.integer(1) + 1)
    }
    let synchronous = try await calls(count: 1_000_000, of: state, rounds: report.rounds, floorWaits: false)
    report.add(
        Measurement(
            "a Swift function called from Lua, argument checked",
            .nanoseconds,
            ours: synchronous.ours,
            floor: synchronous.floor,
            floorName: "the same function in C",
            target: .ratio(1.5)
        )
    )

    try await state.defineAsync("f") { call in
        var results = LuaEncoder()
        results.append((call.arguments.first?.wholeNumber ?? 0) + 1)
        return results
    }
    let asynchronous = try await calls(count: 100_000, of: state, rounds: report.rounds, floorWaits: true)
    report.add(
        Measurement(
            "an async Swift function that stays on the Lua thread",
            .nanoseconds,
            ours: asynchronous.ours,
            floor: asynchronous.floor,
            floorName: "yield and resume in C",
            target: .value(2_000)
        )
    )
}

/// Seconds a call, the loop around it included in both.
private func calls(count: Int, of state: LuaState, rounds: Int, floorWaits: Bool) async throws -> Rounds<Double> {
    let source = "local f, n = f, 0  for i = 1, \(count) do n = f(i) end  return n"
    let script = Array(source.utf8)
    let floor = try LuaFloor(waits: floorWaits)
    return try await Rounds(
        rounds,
        floor: { try await time(each: count) { try floor.run(source) } },
        ours: { try await time(each: count) { _ = try await state.run(script, name: "benchmark") } }
    )
}
