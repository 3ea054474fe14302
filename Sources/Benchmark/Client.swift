import CBenchmarkFloor
import Foundation
import SynologyVMM
import VMMScripting

/// What the client costs its machine and the NAS, over real connections to a simulated NAS in another process.
func measureClient(_ options: Options, _ report: inout Report) async throws {
    guard let command = options.command else {
        return report.skip("the client", because: "--command names no vmmlua")
    }
    try await measureListing(command, python: options.python, &report)
    try await measureWaits(command, &report)
}

/// Whether memory grows with the number of calls.
func measureManyCalls(_ command: String?, _ report: inout Report) async throws {
    let name = "11,000 calls, peak of memory"
    guard let command, let nas = try SimulatorProcess(command, scenario: "standard_guests: 20") else {
        return report.skip(name, because: "--command names no vmmlua that can simulate")
    }

    func usage(calls: Int) throws -> process_usage {
        let script = "for i = 1, \(calls / 2) do vmm.list() vmm.get('web-1') end"
        let usage = nas.inEnvironment { unsafe measure_process(command, "eval", script) }
        guard usage.succeeded else { throw BenchmarkError("'\(command) eval' failed: \(script)") }
        return usage
    }
    let rounds = try await Rounds(
        min(report.rounds, 3),
        floor: { try usage(calls: 1_000).peak_size },
        ours: { try usage(calls: 11_000).peak_size }
    )
    report.add(
        Measurement(
            name,
            .megabytes,
            rounds,
            floorName: "the same script with 1,000 calls",
            target: .ratio(1.1)
        )
    )
}

/// CPU of a listing, from the request to Lua's tables, beside that of PyPI's `synology-api` to Python's.
private func measureListing(_ command: String, python: String?, _ report: inout Report) async throws {
    let name = "a listing of 1,000 guests over HTTP, CPU of the client"
    let lists = 10
    guard let nas = try SimulatorProcess(command, scenario: "standard_guests: 1000") else {
        return report.skip(name, because: "'\(command) simulate' can't be run")
    }
    let port = "\(URL(string: nas.url)?.port ?? 0)"
    guard let python,
        let floor = try PythonFloor(
            pythonClient,
            python: python,
            arguments: [port, nas.account, nas.password, "\(lists)"]
        )
    else {
        return report.skip(name, because: "--python names no Python with synology-api, its floor")
    }
    let client = try nas.client(.public)
    let session = try await ScriptHost(manager: client).session(named: "benchmark")
    let rounds = try await Rounds(
        report.rounds,
        floor: { try floor.secondsOfRound() },
        ours: {
            let start = process_cpu_time()
            _ = try await session.evaluate("for _ = 1, \(lists) do assert(#vmm.list() == 1000) end")
            return (process_cpu_time() - start) / Double(lists)
        }
    )
    await client.close()
    report.add(
        Measurement(
            name,
            .milliseconds,
            rounds,
            floorName: "synology-api in Python, the same list of the same NAS",
            target: .ratio(1)
        )
    )
}

/// The list as `get_vm_operation` asks for it, without its end: that takes each guest for a pair, and fails.
private let pythonClient = """
    import sys, time
    from synology_api.virtualization import Virtualization
    port, account, password, count = sys.argv[1:]
    client = Virtualization("127.0.0.1", port, account, password, secure=False, debug=False)
    api = "SYNO.Virtualization.API.Guest"
    info = client.file_station_list[api]
    print("ready", flush=True)
    for _ in sys.stdin.buffer:
        start = time.process_time()
        for _ in range(int(count)):
            parameters = {"version": info["maxVersion"], "method": "list", "additional": False}
            assert len(client.request_data(api, info["path"], parameters)["data"]["guests"]) == 1000
        print((time.process_time() - start) / int(count), flush=True)
    """

/// Requests a second while so many tasks are waited for, in the first ten seconds, in which waits are asked for most.
private func measureWaits(_ command: String, _ report: inout Report) async throws {
    for dialect in [DialectName.documented, .public] {
        for count in [1, 100, 1_000] {
            let name = "\(count) tasks waited for, \(dialect.rawValue) dialect"
            let scenario = "{standard_guests: 1400, timings: {shutdown: 1h}}"
            guard let nas = try SimulatorProcess(command, scenario: scenario) else {
                return report.skip(name, because: "'\(command) simulate' can't be run")
            }
            let client = try nas.client(dialect)
            let session = try await ScriptHost(manager: client).session(named: "benchmark")
            _ = try await session.evaluate(
                """
                local running, some = vmm.list{ status = "running" }, {}
                for i = 1, \(count) do some[i] = running[i] end
                tasks = async.map(some, function(guest) return vmm.shutdown(guest) end)
                """
            )
            let (requests, start) = (client.requestCount, ContinuousClock.now)
            _ = try await session.evaluate(
                """
                async.map(tasks, { limit = #tasks }, function(task)
                  local done, problem = pcall(vmm.wait_task, task, { timeout = "10s" })
                  assert(not done and problem.kind == "timeout", problem)
                end)
                """
            )
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let rate = Double(client.requestCount - requests) / seconds
            await client.close()
            report.add(Measurement(name, .perSecond, ours: [rate], target: .value(10)))
        }
    }
}
