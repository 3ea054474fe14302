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

    // MARK: all, any, timeout, semaphores

    private func printed(by source: String) async throws -> String {
        let test = try TestHost()
        try await test.run(source)
        return test.events.printed
    }

    @Test func `all runs everything at once, and the first error cancels the rest`() async throws {
        let text = try await printed(
            by: """
                print(table.unpack(async.all{ function() async.sleep("2s") return 1 end, function() return 2, 3 end }))
                print(os.clock(), #async.all{})
                local ok, e = pcall(async.all, { function() async.sleep("1h") end, function() async.sleep("1s") error("x", 0) end })
                print(ok, e, os.clock())
                """
        )
        #expect(text == "1\t2\n2.0\t0\nfalse\tx\t3.0\n")
    }

    @Test func `any gives the first to succeed, and has ended the others when it returns`() async throws {
        let text = try await printed(
            by: """
                local other
                print(async.any{
                  function() error("x") end,
                  function() async.sleep("2s") return "b", nil, "c" end,
                  function() other = async.spawn(async.sleep, "1h") other:await() end,
                })
                print(other.status, os.clock())
                local ok, e = pcall(async.any, { function() error("a", 0) end, function() error("b", 0) end })
                print(e.kind, e.message, e.errors[1], e.errors[2])
                print(pcall(async.any, {}))
                """
        )
        #expect(
            text == """
                2\tb\tnil\tc
                cancelled\t2.0
                all_failed\tasync.any: none of 2 succeeded\ta\tb
                false\tasync.any: there is no function

                """
        )
    }

    @Test func `a timeout cancels what took too long, and gives back what didn't`() async throws {
        let text = try await printed(
            by: """
                print(async.timeout("1m", function() async.sleep("59s") return "in time", nil end))
                local ok, e = pcall(async.timeout, "1m", function() async.sleep("61s") end)
                print(e.kind, e.message, os.clock())
                print(pcall(async.timeout, "1m", function() error("own", 0) end))
                ok, e = pcall(async.timeout, "1m", function() pcall(async.sleep, "1h") return "swallowed" end)
                print(ok, e.kind)
                """
        )
        #expect(
            text == "in time\tnil\ntimeout\tnot done after 1m\t119.0\nfalse\town\nfalse\ttimeout\n"
        )
    }

    @Test func `a semaphore lets so many in, in the order in which they came, and survives those that are cancelled`()
        async throws
    {
        let text = try await printed(
            by: """
                local s, inside, most, order = async.semaphore(2), 0, 0, {}
                async.map({ 1, 2, 3, 4, 5 }, { limit = 5 }, function(i)
                  return s:with(function()
                    order[#order + 1] = i
                    inside = inside + 1
                    most = math.max(most, inside)
                    async.sleep("1s")
                    inside = inside - 1
                  end)
                end)
                print(most, table.concat(order, " "), os.clock())
                local one = async.semaphore(1)
                local holder = async.spawn(function() one:with(function() async.sleep("10s") end) end)
                local waiting = async.spawn(function() one:with(print, "never") end)
                async.sleep("1s")
                waiting:cancel()
                pcall(waiting.await, waiting)
                holder:cancel()
                pcall(holder.await, holder)
                print(one:with(function() return "free", nil end))
                print(pcall(function() one:with(function() error("x", 0) end) end))
                print(one:with(function() return "free again" end))
                """
        )
        #expect(text == "2\t1 2 3 4 5\t3.0\nfree\tnil\nfalse\tx\nfree again\n")
    }

    @Test func `a deadlock names where each task waits`() async throws {
        let failure = try await TestHost()
            .failure(
                """
                local s = async.semaphore(1)
                s:with(function()
                  local h = async.spawn(function()
                    s:with(print)
                  end)
                  h:await()
                end)
                """
            )
        #expect(failure?.kind == .deadlock)
        #expect(
            failure?.message.contains("task 1 waits at test.lua:6 for task 1.1") == true,
            "\(failure?.message ?? "")"
        )
        #expect(failure?.message.contains("task 1.1 waits at test.lua:4") == true)
    }
}
