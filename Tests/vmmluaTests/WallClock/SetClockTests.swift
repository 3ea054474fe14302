#if os(Linux)
import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// Runs whose machine has its wall clock set meanwhile, as a NAS does after it has booted.
///
/// What waits by the wall clock stands still for a day in these, and the suite's limit of time fails the test.
@Suite(.timeLimit(.minutes(2))) struct SetClockTests {
    /// How many seconds the wall clock is set ahead.
    private static let changes = [-86_400, -60, 3_600]

    /// Runs a script on a NAS, and sets the wall clock of the command when it has printed `set`.
    private func run(
        _ source: String,
        _ options: String...,
        setting change: Int,
        on nas: CommandNAS = CommandNAS()
    ) async throws -> RunningCommand.Ending {
        try await nas.server.whileServing { url in
            try await withFile(source, named: "s.lua") { path in
                try await run(["run", path] + options, at: "set", setting: change, url)
            }
        }
    }

    /// Runs a command, and sets its wall clock when `mark` was printed.
    private func run(
        _ arguments: [String],
        at mark: String,
        setting change: Int,
        _ url: String,
        environment: [String: String] = [:]
    ) async throws -> RunningCommand.Ending {
        try await SettableClock.with { clock in
            let environment = CommandNAS.environment(url).merging(clock.environment) { $1 }
                .merging(environment) { $1 }
            let command = try RunningCommand(arguments, environment: environment)
            #expect(await command.out.contains(mark))
            try clock.set(secondsAhead: change)
            return await command.ending()
        }
    }

    @Test(arguments: changes)
    func `on battery the power is cut in time, whatever the wall clock is set to`(_ change: Int) async throws {
        let nas = CommandNAS()
        try nas.server.cluster.withCluster { (cluster) throws(VMMError) in
            for guest in cluster.guests { try cluster.setBehaviour(.init(ignoresShutdown: true), of: guest.guest.id) }
        }
        let ending = try await nas.server.whileServing { url in
            try await run(
                [
                    "run", "ups-shutdown", "within=30s", "reserve=27s", "--allow", "vmm.power_off", "--output", "json",
                ],
                at: #""vmm.shutdown""#,
                setting: change,
                url
            )
        }
        #expect(ending.status == 1, "\(ending.out)\(ending.err)")
        #expect(ending.out.contains("power cut:"), "\(ending.out)\(ending.err)")
        let up = try nas.server.cluster.withCluster { (cluster) throws(VMMError) in
            cluster.guests.filter { $0.guest.status == .running }.map(\.guest.name)
        }
        #expect(up == [], "\(ending.err)")
    }

    @Test(arguments: changes)
    func `sleeps, polls and timeouts end, and none too early`(_ change: Int) async throws {
        let ending = try await run(
            """
            local function takes(seconds, fn)
              local before = os.clock()
              fn()
              assert(os.clock() - before >= seconds, "over too early")
            end
            async.all{
              function() print("set") end,
              function() takes(3, function() async.sleep(3) end) end,
              function()
                takes(2, function()
                  local ok, e = pcall(async.timeout, 2, function() async.sleep(math.huge) end)
                  assert(not ok and e.kind == "timeout")
                end)
              end,
              function()
                takes(2, function()
                  local ok, e = pcall(flow.deadline, 3, { reserve = 1 }, function() async.sleep(math.huge) end)
                  assert(not ok and e.kind == "timeout")
                end)
              end,
              function()
                takes(2, function()
                  local ok, e = pcall(vmm.wait_status, "web-1", "paused", { timeout = 2 })
                  assert(not ok and e.kind == "timeout")
                end)
              end,
              function()
                takes(2, function()
                  local ok, e = pcall(flow.wait_for, { timeout = 2, every = 0.1 }, function() end)
                  assert(not ok and e.kind == "timeout")
                end)
              end,
            }
            """,
            setting: change
        )
        #expect(ending.status == 0, "\(ending.err)")
    }

    @Test(arguments: changes)
    func `a run is ended by its timeout, and its deferred work by the grace`(_ change: Int) async throws {
        let source = "flow.defer(function() async.sleep(math.huge) end) print('set') async.sleep(math.huge)"
        let ending = try await run(source, "--timeout", "2s", "--grace", "1s", setting: change)
        #expect(ending.status == 5, "\(ending.err)")
    }

    @Test(arguments: changes)
    func `a lock that another run holds is waited for as long as was said`(_ change: Int) async throws {
        let nas = CommandNAS()
        let holding = "flow.lock('nightly', function() print('held') async.sleep(math.huge) end)"
        let waiting = "print('set') flow.lock('nightly', { wait = 2 }, function() end)"
        let ending = try await nas.server.whileServing { url in
            try await withFile(holding, named: "holding.lua") { holding in
                try await withFile(waiting, named: "waiting.lua") { waiting in
                    let state = ["XDG_STATE_HOME": waiting + ".state"]
                    let environment = CommandNAS.environment(url).merging(state) { $1 }
                    let holder = try RunningCommand(["run", holding], environment: environment)
                    #expect(await holder.out.contains("held"))
                    let ending = try await run(
                        ["run", waiting],
                        at: "set",
                        setting: change,
                        url,
                        environment: state
                    )
                    holder.kill()
                    _ = await holder.ending()
                    return ending
                }
            }
        }
        #expect(ending.status == 75, "\(ending.err)")
    }

    @Test(arguments: changes)
    func `times that are shown follow the wall clock, and those that a script reads never go back`(
        _ change: Int
    ) async throws {
        let ending = try await run(
            """
            local start, last = os.time(), os.time()
            print("set")
            for _ = 1, 20 do
              async.sleep(0.1)
              local now = os.time()
              assert(now >= last, "the time went back")
              last = now
            end
            print("ahead", last - start)
            """,
            "--output",
            "json",
            setting: change
        )
        #expect(ending.status == 0, "\(ending.err)")
        let events = try ending.lines.map { try JSONValue(parsing: Array($0.utf8)) }
        let times = events.compactMap(\.time)
        let (first, last) = (try #require(times.first), try #require(times.last))
        // A run that takes half a minute longer is still told from one that shows the old time.
        #expect(abs(last.timeIntervalSince(first) - Double(change)) < 30)
        let ahead = events.compactMap { event in
            if case .string(let text)? = event["text"] {
                text.split(separator: "\t").last.flatMap { Int($0) }
            } else {
                nil
            }
        }
        #expect(change > 0 ? ahead.last ?? 0 >= change : ahead.last ?? .max < 30)
    }
}

extension JSONValue {
    fileprivate var time: Date? {
        guard case .string(let text)? = self["time"] else { return nil }
        return try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
#endif
