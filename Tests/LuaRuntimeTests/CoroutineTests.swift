import LuaRuntime
import Testing

@Suite struct CoroutineTests {
    @Test func `a host call inside the script's coroutines suspends the whole task`() async throws {
        let values = try await runLua(
            """
            local co = coroutine.create(function(a)
              local b = coroutine.yield(later(a + 1))
              local inner = coroutine.wrap(function() coroutine.yield(later("in")); return later("out") end)
              return later(b), inner(), inner()
            end)
            local _, first = coroutine.resume(co, 1)
            local ok, x, y, z = coroutine.resume(co, "b")
            return first, ok, x, y, z, coroutine.status(co)
            """
        )
        #expect(values == [2, true, "b", "in", "out", "dead"])
    }

    @Test func `waits pass through ninety nested coroutines`() async throws {
        let values = try await runLua(
            """
            local function nest(n)
              if n == 0 then return later("bottom") end
              return coroutine.wrap(nest)(n - 1)
            end
            return nest(90)
            """
        )
        #expect(values == ["bottom"])
    }

    @Test func `too many nested coroutines are a clean error`() async throws {
        let failure = try await failureOfLua(
            "local function nest() return coroutine.wrap(nest)() end return nest()"
        )
        #expect(failure?.message.contains("C stack overflow") == true)
    }

    @Test func `a coroutine that a wait passes through can't be resumed or closed from elsewhere`() async throws {
        let values = try await runLua(
            """
            local co = coroutine.create(function() return later("late") end)
            local t = tasks.spawn(0, 0, function() return coroutine.resume(co) end)
            local seen
            tasks.spawn(0, 0, function()
              seen = { coroutine.status(co), coroutine.resume(co) }
              seen[4] = select(2, pcall(coroutine.close, co))
            end)
            local ok, value = t:await()
            return ok, value, seen[1], seen[2], seen[3], seen[4]
            """
        )
        #expect(
            values == [
                true, "late", "normal", false, "cannot resume non-suspended coroutine",
                "cannot close a normal coroutine",
            ]
        )
    }

    @Test func `an error inside a coroutine reaches resume, and through wrap its caller`() async throws {
        let values = try await runLua(
            """
            local ok, e = coroutine.resume(coroutine.create(function() refuse_later() end))
            local ok2, e2 = pcall(coroutine.wrap(function() later(); error("deep", 0) end))
            return ok, e.kind, ok2, e2
            """
        )
        #expect(values == [false, "refused", false, "deep"])
    }

    @Test func `the library answers as Lua's own does`() async throws {
        let values = try await runLua(
            """
            local co, is_main = coroutine.running()
            local yieldable = coroutine.isyieldable()
            local inner = coroutine.wrap(function() return select(2, coroutine.running()), coroutine.isyieldable() end)
            local a, b = inner()
            local closed = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() log = 1 end}); coroutine.yield() end)
            coroutine.resume(closed)
            local ok = coroutine.close(closed)
            local outside, message = pcall(coroutine.yield)
            local dead, why = coroutine.resume(closed)
            return is_main, yieldable, a, b, ok, log, coroutine.status(closed), outside, message, dead, why
            """
        )
        #expect(
            values == [
                true, false, false, true, true, 1, "dead", false, "attempt to yield from outside a coroutine", false,
                "cannot resume dead coroutine",
            ]
        )
    }
}
