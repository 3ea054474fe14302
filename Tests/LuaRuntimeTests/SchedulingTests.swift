import LuaRuntime
import Synchronization
import Testing

@Suite struct SchedulingTests {
    @Test func `a task ends after its children, and await gives its results`() async throws {
        let values = try await runLua(
            """
            local log = {}
            local a = tasks.spawn(0, 0, function(x) later(); log[#log + 1] = "a"; return x, x + 1 end, 1)
            local before = a.status
            local x, y = a:await()
            local again = a:await()
            tasks.spawn(0, 0, function() later(); log[#log + 1] = "b" end)
            return before, x, y, again, a.status, #log
            """
        )
        #expect(values == ["running", 1, 2, 1, "done", 1])
    }

    @Test func `tasks run first in, first out, and results are delivered in order`() async throws {
        let values = try await runLua(
            """
            local log = {}
            for i = 1, 3 do
              tasks.spawn(0, 0, function() log[#log + 1] = "start " .. i; echo_now(); log[#log + 1] = "end " .. i end)
            end
            log[#log + 1] = "spawned"
            echo_now()
            return table.concat(log, ", ")
            """
        ) { state in
            try await state.defineAsync("echo_now") { _ in LuaEncoder() }
        }
        #expect(values == ["spawned, start 1, start 2, start 3"])
    }

    @Test func `a seed for the order gives another one, the same each time`() async throws {
        func order(_ seed: UInt64?) async throws -> [LuaValue] {
            var configuration = LuaState.Configuration()
            configuration.orderSeed = seed
            let state = try LuaState(configuration)
            try await state.defineTestFunctions()
            try await state.defineAsync("echo_now") { _ in LuaEncoder() }
            let source = """
                local log, started = {}, {}
                for i = 1, 6 do
                  started[i] = tasks.spawn(0, 0, function() echo_now(); log[#log + 1] = i end)
                end
                for i = 1, 6 do started[i]:await() end
                return table.concat(log, " ")
                """
            return try await state.run(Array(source.utf8), name: "test.lua")
        }
        #expect(try await order(nil) == ["1 2 3 4 5 6"])
        var orders: Set<[LuaValue]> = []
        for seed in UInt64(0)..<10 {
            let first = try await order(seed)
            #expect(try await order(seed) == first)
            orders.insert(first)
        }
        #expect(orders.count > 5)
    }

    @Test func `deliveries are numbered through the run, with path and sequence`() async throws {
        let deliveries = Mutex<[Delivery]>([])
        let state = try LuaState(onDelivery: { delivery in deliveries.withLock { $0.append(delivery) } })
        try await state.defineTestFunctions()
        _ = try await state.run(
            Array("later(); local t = tasks.spawn(0, 0, function() later(); later() end); t:await(); later()".utf8),
            name: "order.lua"
        )
        let seen = deliveries.withLock { $0.map { "\($0.number) \($0.path) \($0.sequence)" } }
        #expect(seen == ["1 1 1", "2 1.1 1", "3 1.1 2", "4 1 2"])
    }

    @Test func `an error that nobody awaits is raised when the spawning task ends`() async throws {
        let failure = try await failureOfLua("tasks.spawn(0, 0, function() later(); error('lost', 0) end); return 1")
        #expect(failure?.message == "lost")
        let caught = try await runLua(
            "local t = tasks.spawn(0, 0, refuse_later); local ok, e = pcall(t.await, t); return ok, e.kind, t.status"
        )
        #expect(caught == [false, "refused", "failed"])
    }

    @Test func `an error cancels and joins the children`() async throws {
        let failure = try await failureOfLua("tasks.spawn(0, 0, forever); later(); error('first', 0)")
        #expect(failure?.message == "first")
    }

    @Test func `a cancelled task gets the error at its wait and at the next one, and is closed at the third`()
        async throws
    {
        let values = try await runLua(
            """
            local kinds = {}
            local t = tasks.spawn(0, 0, function()
              for i = 1, 4 do local _, e = pcall(forever); kinds[i] = e.kind end
              forever()
            end)
            later()
            t:cancel()
            local ok, e = pcall(t.await, t)
            return table.concat(kinds, ","), ok, e.kind, e.message, t.status
            """
        )
        let message: LuaValue = "cancelled: the task caught that twice and went on, so it was closed"
        #expect(values == ["cancelled,cancelled", false, "cancelled", message, "cancelled"])
    }

    /// Each goes on for ever after a cancellation, by another way to catch it.
    @Test(arguments: [
        "while true do pcall(forever) end",
        "while true do pcall(pcall, forever) end",
        "while true do xpcall(forever, function() end) end",
        "while true do xpcall(forever, function() error('again') end) end",
        "while true do xpcall(forever, forever) end",
        "while true do xpcall(error, forever) end",
        "while true do xpcall(error, function() xpcall(error, function() pcall(forever) end) end) end",
        "while true do coroutine.resume(coroutine.create(forever)) end",
        "while true do coroutine.resume(coroutine.create(function() while true do pcall(forever) end end)) end",
        "while true do pcall(coroutine.wrap(function() pcall(forever); forever() end)) end",
        "local t = setmetatable({}, { __index = function() pcall(forever); forever() end }) while true do pcall(function() return t.x end) end",
        "local function again() pcall(forever) return again() end again()",
        "while true do pcall(function() for _ in forever do end end) end",
        "local h = tasks.spawn(0, 0, forever) while true do pcall(h.await, h) end",
        "local g = tasks.group() while true do pcall(tasks.next, g) end",
        "while true do pcall(function() local h = tasks.spawn(0, 0, forever); h:await() end) end",
        "local mt = { __close = function() later() end } while true do local c <close> = setmetatable({}, mt) end",
        "local mt = { __close = function() later() end } while true do pcall(function() local c <close> = setmetatable({}, mt) end) end",
        "local co = coroutine.wrap(function() local c <close> = setmetatable({}, { __close = coroutine.yield }) end) co() while true do pcall(forever) end",
        "local co = coroutine.create(function() local c <close> = setmetatable({}, { __close = coroutine.yield }) end) coroutine.resume(co) coroutine.close(co) while true do pcall(forever) end",
    ])
    func `no way to catch a cancellation lets a task go on for ever`(_ body: String) async throws {
        let values = try await runLua(
            """
            local log = {}
            local t = tasks.spawn(0, 0, function()
              local c <close> = setmetatable({}, { __close = function(_, e) later(); log[#log + 1] = "closed " .. e.kind end })
              \(body)
            end)
            later()
            t:cancel()
            local ok, e = pcall(t.await, t)
            return ok, e.kind, t.status, table.concat(log, ",")
            """
        )
        #expect(values == [false, "cancelled", "cancelled", "closed cancelled"])
    }

    @Test func `no handler of xpcall runs in a task that is closed, but in what it closes`() async throws {
        let values = try await runLua(
            """
            local log = {}
            local function handle(e) log[#log + 1] = tostring(e) return e end
            local t = tasks.spawn(0, 0, function()
              local c <close> = setmetatable({}, { __close = function() xpcall(error, handle, "in the handler", 0) end })
              while true do xpcall(forever, handle) end
            end)
            later()
            t:cancel()
            pcall(t.await, t)
            return table.concat(log, ",")
            """
        )
        #expect(values == ["cancelled,cancelled,in the handler"])
    }

    @Test func `what a closed task closes may catch its own errors, wait in coroutines, and pass on what it raises`()
        async throws
    {
        let values = try await runLua(
            """
            local log = {}
            local function closing(name, fn)
              return setmetatable({}, { __close = function(_, e) fn(e) log[#log + 1] = name end })
            end
            local t = tasks.spawn(0, 0, function()
              local last <close> = closing("last", function(e) log[#log + 1] = tostring(e) end)
              local raising <close> = closing("never", function() error("in the handler", 0) end)
              local catching <close> = closing("catching", function()
                for _ = 1, 5 do
                  log[#log + 1] = tostring(select(2, pcall(function() later(); error("x", 0) end)))
                  local _, e = coroutine.resume(coroutine.create(function() later(); error("y", 0) end))
                  log[#log + 1] = e
                end
              end)
              while true do pcall(forever) end
            end)
            later()
            t:cancel()
            local ok, e = pcall(t.await, t)
            return ok, e, t.status, table.concat(log, ",")
            """
        )
        let log: LuaValue = "x,y,x,y,x,y,x,y,x,y,catching,in the handler,last"
        #expect(values == [false, "in the handler", "cancelled", log])
    }

    @Test func `a task that nobody cancelled catches what a closed one ended with`() async throws {
        let values = try await runLua(
            """
            local t = tasks.spawn(0, 0, function() while true do pcall(forever) end end)
            later()
            t:cancel()
            for _ = 1, 5 do pcall(t.await, t) end
            return pcall(later, "still here")
            """
        )
        #expect(values == [true, "still here"])
    }

    @Test func `a cancelled child that nobody awaits is no failure`() async throws {
        #expect(
            try await runLua("local t = tasks.spawn(0, 0, forever); later(); t:cancel(); return 'done'") == ["done"]
        )
    }

    @Test func `cancelling from outside ends every wait`() async throws {
        let state = try LuaState()
        try await state.defineTestFunctions()
        try await state.define("cancel_run") { _ in state.cancel() }
        let error = await #expect(throws: LuaError.self) {
            try await state.run(
                Array("tasks.spawn(0, 0, forever); cancel_run(); pcall(forever); later()".utf8),
                name: "cancel.lua"
            )
        }
        #expect(error?.kind == "cancelled")
    }

    @Test func `the error that a closed script ends with is asked for its text as any other`() async throws {
        let state = try LuaState()
        try await state.defineTestFunctions()
        try await state.define("cancel_run") { _ in state.cancel() }
        let source = """
            local metatable = { __tostring = function() return "its text " .. tostring(pcall(error)) end }
            local c <close> = setmetatable({}, { __close = function() error(setmetatable({}, metatable)) end })
            cancel_run()
            while true do pcall(forever) end
            """
        let error = await #expect(throws: LuaError.self) { try await state.run(Array(source.utf8), name: "test.lua") }
        #expect(error?.message == "its text false")
    }

    @Test(arguments: [
        "while true do end", "while true do pcall(function() while true do end end) end",
        "local co = coroutine.wrap(function() while true do end end) co()", "repeat later() until false",
        "while true do local ok, e = pcall(error) end",
    ])
    func `a kill ends any script, and the state can be used again after it`(_ source: String) async throws {
        let state = try LuaState()
        try await state.defineTestFunctions()
        try await state.define("kill") { _ in Task.detached { state.kill() } }
        let error = await #expect(throws: LuaError.self) {
            try await state.run(Array("mark = 1; kill() \(source)".utf8), name: "kill.lua")
        }
        #expect(error?.code == .killed)
        await state.revive()
        #expect(try await state.run(Array("return mark, later(2)".utf8), name: "after.lua") == [1, 2])
    }

    @Test func `tasks that wait for each other are told so`() async throws {
        let failure = try await failureOfLua("local t; t = tasks.spawn(0, 0, function() t:await() end); t:await()")
        #expect(failure?.kind == "deadlock")
    }

    @Test func `a virtual time moves on when everybody waits`() async throws {
        let woken = Mutex<[CheckedContinuation<Void, Never>]>([])
        let state = try LuaState(onIdle: {
            let next = woken.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            next?.resume()
            return next != nil
        })
        try await state.defineAsync("sleep") { call in
            await withCheckedContinuation { continuation in woken.withLock { $0.append(continuation) } }
            return LuaEncoder(call.arguments)
        }
        #expect(try await state.run(Array("return sleep(1) + sleep(2) + sleep(3)".utf8), name: "idle.lua") == [6])
    }

    @Test func `closing handlers run when a task fails or is cancelled, also at its base`() async throws {
        let values = try await runLua(
            """
            local log = {}
            local function closing(name) return setmetatable({}, { __close = function(_, e) log[#log + 1] = name end }) end
            local failing = tasks.spawn(0, 0, function() local c <close> = closing("failed"); later(); error("x") end)
            local stuck = tasks.spawn(0, 0, function() local c <close> = closing("cancelled"); forever() end)
            pcall(failing.await, failing)
            stuck:cancel()
            pcall(stuck.await, stuck)
            return table.concat(log, ",")
            """
        )
        #expect(values == ["failed,cancelled"])
    }

    @Test func `a task that waits can't be resumed or closed by another`() async throws {
        let values = try await runLua(
            """
            local main, seen = coroutine.running(), {}
            tasks.spawn(0, 0, function()
              seen = { coroutine.status(main), coroutine.resume(main, "stolen") }
              seen[4] = pcall(coroutine.close, main)
            end)
            local ok, why = coroutine.resume(main)
            return later("mine"), seen[1], seen[2], seen[3], seen[4], ok, why
            """
        )
        let refusal: LuaValue = "cannot resume non-suspended coroutine"
        #expect(values == ["mine", "normal", false, refusal, false, false, refusal])
    }

    @Test func `tasks nested too deeply are refused, and a list can't lie of its length`() async throws {
        let nested = try await failureOfLua(
            "local function f(n) tasks.spawn(0, 0, f, n - 1); later() end f(100000)"
        )
        #expect(nested?.message.contains("nested deeper than 200 levels") == true)
        #expect(try await runLua("return tasks.reserve(math.maxinteger) >= 0, tasks.reserve(-5) >= 0") == [true, true])
    }

    @Test func `a failure that was awaited is let go`() async throws {
        let values = try await runLua(
            """
            local function fail() error(string.rep("x", 1000)) end
            for i = 1, 20000 do local t = tasks.spawn(0, 0, fail); pcall(t.await, t) end
            return collectgarbage("count") < 20000
            """
        )
        #expect(values == [true])
    }

    @Test func `a handle outlives a stop of the session, and says so`() async throws {
        let state = try LuaState()
        try await state.defineTestFunctions()
        try await state.define("kill") { _ in Task.detached { state.kill() } }
        _ = try? await state.run(Array("h = tasks.spawn(0, 0, forever); kill(); forever()".utf8), name: "stop.lua")
        await state.revive()
        let values = try await state.run(
            Array("local ok, e = pcall(h.await, h) return h.status, ok, e.kind".utf8),
            name: "after.lua"
        )
        #expect(values == ["cancelled", false, "cancelled"])
    }

    @Test func `a state runs one script at a time`() async throws {
        let state = try LuaState()
        let gate = Gate()
        try await state.defineAsync("wait_at_gate") { _ in
            await gate.pass()
            return LuaEncoder()
        }
        async let first = state.run(Array("wait_at_gate() return 1".utf8), name: "first.lua")
        while gate.waiterCount == 0 { await Task.yield() }
        let error = await #expect(throws: LuaError.self) {
            try await state.run(Array("return 2".utf8), name: "second.lua")
        }
        #expect(error?.message.contains("one at a time") == true)
        gate.open()
        #expect(try await first == [1])
    }
}
