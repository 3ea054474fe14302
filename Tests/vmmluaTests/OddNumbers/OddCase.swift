/// A command whose numbers are odd, wherever they come from; the same for the same seed.
struct OddCase: Sendable {
    /// Which machines the command works on.
    enum Machines: Sendable { case odd, simulated, none }

    var arguments: [String] = []
    /// Files that the arguments name as `FOLDER/name`.
    var files: [(name: String, text: String)] = []
    var machines: Machines

    /// The durations file of earlier runs.
    private(set) var history: String?

    init(seed: Int) {
        var numbers = OddNumbers(seed: seed)
        switch seed % 5 {
        case 0, 1:
            machines = .odd
            let command = numbers.pick(["plan", "run"])
            arguments = [command, "FOLDER/script.lua", "--allow", "vmm.*"]
            files = [("script.lua", Self.script(&numbers))]
            history = Self.history(&numbers)
        case 2:
            machines = .none
            arguments = ["test", "FOLDER/odd_test.lua"]
            files = [("odd_test.lua", Self.tests(&numbers))]
        default:
            machines = .simulated
            let command = numbers.pick(["plan", "run"])
            arguments = [command, "FOLDER/script.lua", "--allow", "vmm.*", "--scenario", "FOLDER/odd.yaml"]
            files = [("script.lua", Self.script(&numbers)), ("odd.yaml", Self.scenario(&numbers))]
        }
        arguments += options(&numbers)
    }

    /// Options are odd in one case of three; otherwise those that end a case soon.
    private func options(_ numbers: inout OddNumbers) -> [String] {
        // A poll every nanosecond would go on for as long as it may.
        var options = ["--timeout", "2s", "--grace", "1s", "--operation-limit", "3000", "--cpu-limit", "5s"]
        if arguments[0] == "plan" { options += ["--horizon", numbers.pick(["1d", "none"])] }
        if arguments[0] == "plan", numbers.below(2) == 0 {
            options += ["--output", "json", "--svg", "FOLDER/plan.svg"]
        }
        if machines == .simulated { options += ["--speed", "1000000"] }
        guard numbers.below(3) == 0 else { return options }
        var flags = ["--cpu-limit", "--memory-limit", "--output-limit", "--operation-limit", "--coroutine-limit"]
        switch arguments[0] {
        case "plan": flags += ["--horizon", "--at", "--grace"]
        case "run": flags += ["--settle", "--speed", "--guests", "--grace"]
        default: flags += ["--seed", "--grace"]
        }
        let flag = numbers.pick(flags)
        let at = "\(numbers.integer())-12-05 02:\(numbers.integer())"
        // The last of two counts.
        return options + ["\(flag)=\(flag == "--at" ? at : numbers.text())"]
    }

    // MARK: Files

    /// What a script may do with numbers.
    private static func script(_ numbers: inout OddNumbers) -> String {
        func n() -> String { numbers.lua() }
        let calls = [
            "vmm.set(guest, { vcpu_num = \(n()), vram_size = \(n()), autorun = \(n()) })",
            "flow.restart(guest, { timeout = \(n()), start_timeout = \(n()) })",
            "vmm.wait_task(vmm.shutdown(guest), { timeout = \(n()) })",
            "vmm.wait_task(vmm.power_on(guest), { timeout = \(n()) })",
            "vmm.wait_status(guest, 'running', { timeout = \(n()) })",
            "flow.rolling(vmm.list(), { batch = \(n()), pause = \(n()), max_failures = \(n()) }, flow.restart)",
            "flow.rolling(setmetatable({}, { __len = function() return \(n()) end }), { batch = '100%' }, flow.stop)",
            "flow.tiers({ { guests = vmm.list(), timeout = \(n()) } }, { limit = \(n()) }, flow.stop)",
            "flow.deadline(\(n()), { reserve = \(n()), force = vmm.list() }, function() async.sleep(\(n())) end)",
            "flow.wait_for({ timeout = \(n()), every = \(n()) }, function() end)",
            "flow.retry({ attempts = 3, backoff = \(n()), max_backoff = \(n()) }, error)",
            "flow.lock('odd', { wait = \(n()) }, function() end)",
            "flow.approve('odd?', { expires = \(n()) })",
            "async.timeout(\(n()), function() async.sleep(\(n())) end)",
            "async.map({ 1, 2 }, { limit = \(n()) }, async.sleep)",
            "async.semaphore(\(n())):with(print)",
            "probe.stable(\(n()), { every = \(n()) }, function() return true end)",
            "probe.tcp('127.0.0.1', \(n()), { timeout = \(n()) })",
            "print(os.date('%c', \(n())), os.time{ year = \(n()), month = 1, day = \(n()) })",
            "print(vmm.hosts(), vmm.storages(), vmm.tasks())",
            "log.info('odd', { number = \(n()) })",
        ]
        let chosen = (0..<6).map { _ in numbers.pick(calls) }
        return """
            local guests = vmm.list()
            print(guests)
            local guest = guests[1]
            \(chosen.map { "print(pcall(function() return \($0) end))" }.joined(separator: "\n"))
            return guests, \(numbers.lua())
            """
    }

    private static func tests(_ numbers: inout OddNumbers) -> String {
        func n() -> String { numbers.lua() }
        let tests = (0..<8)
            .map { number in
                """
                it("\(number)", function()
                  sim.cluster{
                    guests = {
                      { guest_name = "web-1", vcpu_num = \(n()), vram_size = \(n()), storage_size = \(n()) },
                      { guest_name = "web-2", vcpu_num = \(n()), vram_size = \(n()), autorun = \(n()) },
                    },
                    hosts = { { host_name = "a", vcpu_num = \(n()), vram_size = \(n()) } },
                    timings = { boot = \(n()), shutdown = \(n()), stop_timeout = \(n()) },
                  }
                end)
                it("\(number) goes on", function()
                  pcall(sim.cluster, { guests = { { guest_name = "web-1", vcpu_num = \(n()), vram_size = \(n()) },
                    { guest_name = "web-2", status = "stopped", vcpu_num = \(n()) } }, timings = { boot = \(n()) } })
                  pcall(sim.fault, { on = "shutdown", kind = "busy", count = \(n()), probability = \(n()), at = \(n()) })
                  pcall(sim.fault, { kind = "crashes", at = \(n()) })
                  sim.approve(true)
                  sim.probe(function() return true end)
                  local run = sim.start{ source = [==[\(script(&numbers))]==], allow = { "vmm.*", "net" } }
                  pcall(sim.advance, \(n()))
                  pcall(sim.advance, "1h")
                  print(run:result().output, os.time())
                end)
                """
            }
        return tests.joined(separator: "\n")
    }

    private static func scenario(_ numbers: inout OddNumbers) -> String {
        func d() -> String { numbers.below(12) > 0 ? "1s" : numbers.duration() }
        func n(_ usual: Int) -> String { numbers.below(12) > 0 ? String(usual) : numbers.text() }
        return """
            seed: \(n(1))
            timings: {boot: \(d()), shutdown: \(d()), power_off: \(d()), forced_power_off: \(d()), stop_timeout: \(d())}
            hosts:
              - {name: nas-1, vcpus: \(n(16)), memory_mb: \(n(8192))}
            storages:
              - {name: volume 1, host: nas-1, size_gb: \(n(4000)), used_gb: \(n(10))}
            guests:
              - {name: web-1, vcpus: \(n(2)), memory_mb: \(n(2048)), storage_gb: \(n(10)), autorun: \(n(1))}
              - {name: web-2, vcpus: \(n(2)), memory_mb: \(n(2048)), status: stopped}
            behaviours:
              - {guest: web-1, boot: \(d()), crashes_after_boot: \(d())}
            events:
              - {at: \(d()), guest: web-2, event: crash}
            faults:
              - {effect: busy, method: shutdown, from: \(d()), skip: \(n(0)), times: \(n(1)), probability: \(n(1))}
              - {effect: delay, delay: \(d()), method: poweron, until: \(d()), times: \(n(1))}
            """
    }

    private static func history(_ numbers: inout OddNumbers) -> String {
        func n() -> String { numbers.json() }
        return """
            {"format": "vmmlua.durations", "version": 1, "guests": {
              "g1": {"shutdown": [\(n()), \(n())], "power_on": [\(n())]}, "g2": {"shutdown": \(n())}, "g3": \(n())}}
            """
    }
}
