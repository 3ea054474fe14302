import LuaRuntime
import Testing
import VirtualMachines

@testable import VMMScripting

@Suite struct AsyncTableTests {
    @Test func `map keeps the list's order and at most limit at a time`() async throws {
        let values = try await TestHost()
            .run(
                """
                local running, most = 0, 0
                local results = async.map({5, 3, 1, 4, 2}, { limit = 2 }, function(seconds, index)
                  running = running + 1
                  most = math.max(most, running)
                  async.sleep(seconds)
                  running = running - 1
                  return index * 10 + seconds
                end)
                return most, table.unpack(results)
                """
            )
        #expect(values == [2, 15, 23, 31, 44, 52])
    }

    @Test func `map raises the first error and cancels the rest`() async throws {
        let test = try TestHost()
        let start = test.clock.now
        let failure = try await test.failure(
            """
            async.map({1, 2, 3}, { limit = 3 }, function(n)
              async.sleep(n)
              if n == 2 then error("second failed", 0) end
              async.sleep(1000)
            end)
            """
        )
        #expect(failure?.message == "second failed")
        #expect(test.clock.now - start < .seconds(3))
    }

    @Test func `a map's tasks have the list's index as their path, one map after the other`() async throws {
        let test = try TestHost()
        try await test.run("for _ = 1, 2 do async.map({1, 2}, function() async.sleep(1) end) end")
        let paths = test.events.all.compactMap { event -> String? in
            guard case .began(let report) = event else { return nil }
            return report.id.description
        }
        #expect(paths == ["1.1#1", "1.2#1", "1.3#1", "1.4#1"])
    }

    @Test func `an empty list maps to an empty list`() async throws {
        #expect(try await TestHost().run("return #async.map({}, print)") == [0])
    }

    @Test func `handles await, cancel and tell their status`() async throws {
        let values = try await TestHost()
            .run(
                """
                local done = async.spawn(function(a, b) async.sleep(1); return a + b end, 1, 2)
                local stuck = async.spawn(async.sleep, "1h")
                local sum = done:await()
                stuck:cancel()
                local ok, e = pcall(stuck.await, stuck)
                return sum, done.status, ok, e.kind, stuck.status, os.clock() < 2
                """
            )
        #expect(values == [3, "done", false, "cancelled", "cancelled", true])
    }

    @Test func `the clock is the run's`() async throws {
        let values = try await TestHost()
            .run(
                """
                local before = os.time()
                async.sleep("1h30m")
                return os.time() - before, math.type(before), os.date("!%Y", before), os.difftime(5, 3)
                """
            )
        #expect(values == [5400, "integer", "2027", 2.0])
    }
}
