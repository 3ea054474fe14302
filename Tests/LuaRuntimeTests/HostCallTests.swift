import Synchronization
import Testing

@testable import LuaRuntime

@Suite struct HostCallTests {
    @Test func `a synchronous function returns its results`() async throws {
        let values = try await runLua("return add(40, 2.0), add(1, 2)") { state in
            try await state.define("add") { call in call.return(try call.integer(1) + call.integer(2)) }
        }
        #expect(values == [42, 3])
    }

    @Test func `a wrong argument is refused by function, position and type`() async throws {
        let failure = try await failureOfLua("add('1', {})") { state in
            try await state.define("math.add") { call in call.return(try call.integer(1)) }
            try await state.define("add") { call in call.return(try call.integer(1)) }
        }
        #expect(failure?.message == "add: argument 1 must be an integer, not string")
        #expect(failure?.position == LuaError.Position(chunk: "test.lua", line: 1))
    }

    @Test(arguments: ["refuse", "refuse_later"])
    func `a Swift error is a Lua table that a script can catch`(_ function: String) async throws {
        let values = try await runLua(
            """
            local ok, e = pcall(\(function))
            return ok, e.kind, e.message, e.code, tostring(e), getmetatable(e), e.traceback
            """
        )
        #expect(values.dropLast() == [false, "refused", "no, thank you", 7, "no, thank you", false])
        #expect(values.last?.text?.contains("test.lua:1") == true)
    }

    @Test(arguments: ["refuse", "refuse_later"])
    func `an error that nobody catches comes back with kind, line and traceback`(_ function: String) async throws {
        let failure = try await failureOfLua("local function restart()\n  \(function)()\nend\nrestart()\nreturn 1")
        #expect(failure?.code == .host)
        #expect(failure?.kind == "refused")
        #expect(failure?.position == LuaError.Position(chunk: "test.lua", line: 2))
        #expect(failure?.traceback?.contains("test.lua:4: in main chunk") == true)
    }

    @Test func `a script can't forge an error of the host`() async throws {
        let failure = try await failureOfLua(
            "local _, e = pcall(refuse); error({kind = 'refused', message = e.message, code = 7})"
        )
        #expect(failure?.code == .script)
        #expect(failure?.kind == nil)
        let changed = try await failureOfLua("local _, e = pcall(refuse); e.kind = 'unreachable'; error(e)")
        #expect(changed?.kind == "refused")
    }

    @Test func `a script's own error carries its position`() async throws {
        let failure = try await failureOfLua("local x = 1\nerror('out of luck')")
        #expect(failure?.code == .script)
        #expect(failure?.message == "out of luck")
        #expect(failure?.description == "test.lua:2: out of luck")
    }

    @Test(arguments: ["error()", "error({})", "error(setmetatable({}, {__tostring = error}))", "error(print)"])
    func `an error of any type is reported`(_ source: String) async throws {
        let failure = try await failureOfLua(source)
        #expect(failure?.code == .script)
        #expect(failure?.message.isEmpty == false)
    }

    @Test func `a syntax error names file and line, and tells whether more could mend it`() async throws {
        let wrong = try await failureOfLua("x = 1\nx = = 2")
        #expect(wrong?.code == .syntax)
        #expect(wrong?.position == LuaError.Position(chunk: "test.lua", line: 2))
        #expect(wrong?.isIncomplete == false)
        let open = try await failureOfLua("for i = 1, 2 do")
        #expect(open?.isIncomplete == true)
    }

    @Test func `an error keeps its message, whatever else its table holds`() async throws {
        let failure = try await failureOfLua("error({ message = 'disk full', context = _G })")
        #expect(failure?.message == "disk full")
        let host = try await failureOfLua("local _, e = pcall(refuse); e.cause = e; error(e)")
        #expect(host?.kind == "refused" && host?.message == "no, thank you")
    }

    @Test func `values that are announced and not written are refused`() async throws {
        let failure = try await failureOfLua("broken()") { state in
            try await state.defineAsync("broken") { _ in
                var encoder = LuaEncoder()
                encoder.beginTable(elements: 1_000_000)
                encoder.append(1)
                return encoder
            }
        }
        #expect(failure?.message.contains("incomplete") == true)
    }

    @Test func `a checked source is not run`() async throws {
        let state = try LuaState()
        for _ in 1...10 { try await state.check(Array("x = (x or 0) + 1".utf8), name: "check.lua") }
        #expect(try await state.run(Array("return x".utf8), name: "check.lua") == [.nil])
    }

    @Test func `an asynchronous call passes through everything that Lua can yield through`() async throws {
        let values = try await runLua(
            """
            local t = setmetatable({}, {
              __index = function(_, k) return later(k) end, __add = function(a, b) return later("sum") end,
              __call = function(_, x) return later(x) end, __close = function() later() end,
              __lt = function() return later(true) end, __concat = function() return later("joined") end,
            })
            local seen = {}
            for a in function(_, k) k = later(k) or 0; if k < 3 then return k + 1 end end do seen[#seen + 1] = a end
            do local closed <close> = t end
            return t.key, t + 1, t("call"), t < t, t .. "x", select("#", pcall(later)), table.concat(seen, ",")
            """
        )
        #expect(values == ["key", "sum", "call", true, "joined", 1, "1,2,3"])
    }

    @Test(arguments: [
        "table.sort({3, 2, 1}, function() return later(true) end)", "return (('x'):gsub('x', later))",
        "tasks.without_waiting(later)", "coroutine.wrap(function() table.sort({2, 1}, later) end)()",
        "table.sort({2, 1}, function() return coroutine.wrap(later)() end)",
    ])
    func `where a call can't wait it is refused in clear words`(_ source: String) async throws {
        let failure = try await failureOfLua(source)
        #expect(failure?.message.contains("can't be made here") == true, "\(String(describing: failure))")
    }

    @Test func `ten thousand calls wait at once`() async throws {
        let gate = Gate()
        let values = try await runLua(
            """
            local group, sum = tasks.group(), 0
            for i = 1, 10000 do tasks.spawn(group, 0, function() local n = wait_at_gate(i); sum = sum + n end) end
            tasks.spawn(0, 0, open_gate)
            for i = 1, 10000 do tasks.next(group) end
            return sum
            """
        ) { state in
            try await state.defineAsync("wait_at_gate") { call in
                await gate.pass()
                return LuaEncoder(call.arguments)
            }
            try await state.define("open_gate") { _ in gate.open() }
        }
        #expect(values == [50_005_000])
    }

    @Test func `a state is freed, and Lua gives back every byte`() async throws {
        weak var state: LuaState?
        do {
            let fresh = try LuaState()
            state = fresh
            try await fresh.defineTestFunctions()
            _ = try await fresh.run(Array("for i = 1, 100 do tasks.spawn(0, 0, later, {}) end".utf8), name: "leak.lua")
            _ = try? await fresh.run(Array("later(); error({})".utf8), name: "leak.lua")
        }
        while state != nil { await Task.yield() }
        #expect(LuaState.leakedBytes.load(ordering: .relaxed) == 0)
    }
}
