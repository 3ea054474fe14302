import LuaRuntime
import SimulatedVMM
import SynologyVMM
import VMMScripting
import VirtualMachines

/// From the bytes of a list of guests, as DSM sends it, to the tables that a script gets; beside Python's parser alone.
func measureGuestList(_ report: inout Report) async throws {
    let name = "1,000 guests from JSON bytes to Lua tables"
    let lists = 20
    let bytes = listAnswer(guestCount: 1_000)

    let state = try LuaState()
    try await state.defineAsync("list") { _ in
        var results = LuaEncoder()
        results.append(try SynologyClient.guests(inListAnswer: bytes))
        return results
    }
    let script = Array("for _ = 1, \(lists) do assert(#list() == 1000) end".utf8)

    let parser = try PythonFloor(pythonParser, arguments: ["\(bytes.count)", "\(lists)"], input: bytes)
    guard let python = parser else {
        return report.skip(name, because: "python3, its floor, is not on the PATH")
    }
    let rounds = try await Rounds(
        report.rounds,
        floor: { try python.secondsOfRound() },
        ours: { try await time(each: lists) { _ = try await state.run(script, name: "benchmark") } }
    )
    report.add(
        Measurement(
            name,
            .milliseconds,
            rounds,
            floorName: "Python's json.loads",
            target: .ratio(3)
        )
    )
}

private let pythonParser = """
    import json, sys, time
    size, count = int(sys.argv[1]), int(sys.argv[2])
    print("ready", flush=True)
    data = sys.stdin.buffer.read(size)
    for _ in sys.stdin.buffer:
        start = time.perf_counter()
        for _ in range(count):
            json.loads(data)
        print((time.perf_counter() - start) / count, flush=True)
    """

/// A `List` answer in the words of the documented dialect.
private func listAnswer(guestCount: Int) -> [UInt8] {
    let guests = Cluster.standard(guestCount: guestCount).guests
        .map { simulated -> JSONValue in
            let guest = simulated.guest
            return [
                "guest_id": .string(guest.id.rawValue),
                "guest_name": .string(guest.name),
                "status": .string(guest.rawStatus),
                "vcpu_num": JSONValue(guest.vcpuCount),
                "vram_size": JSONValue(guest.memoryMB),
                "storage_size": .integer(guest.storageBytes ?? 0),
                "autorun": .integer(Int64(guest.autorun ?? 0)),
            ]
        }
    let answer: JSONValue = [
        "success": true, "data": ["guests": .array(guests), "total": .integer(Int64(guests.count))],
    ]
    return answer.serialized()
}
