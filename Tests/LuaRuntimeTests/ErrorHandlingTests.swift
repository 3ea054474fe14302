import LuaRuntime
import Testing

/// Errors that handlers handle, and those of recursions without end.
@Suite struct ErrorHandlingTests {
    @Test func `a handler of xpcall may make a call that waits`() async throws {
        let result = try await runLua(
            """
            local function handler(e) return e .. ", " .. later("and waited") end
            local a, b = xpcall(function() error("disk full", 0) end, handler)
            local c, d = xpcall(function() later(1) error("late", 0) end, handler)
            local co = coroutine.wrap(function() return select(2, xpcall(error, handler, "inside")) end)
            return a, b, c, d, co(), select("#", xpcall(function(...) return later(...) end, handler, 1, nil, 3))
            """
        )
        #expect(
            result == [
                false, "disk full, and waited", false, "late, and waited", "inside, and waited", 4,
            ]
        )
    }

    @Test(arguments: [
        ("error('again', 0)", "error in error handling: again; the error was: disk full"),
        ("refuse()", "error in error handling: no, thank you; the error was: disk full"),
        ("error({})", "error in error handling: (error object is a table value); the error was: disk full"),
    ])
    func `a handler that fails doesn't hide the error that it handled`(_ body: String, _ message: String) async throws {
        let result = try await runLua(
            "return xpcall(function() error('disk full', 0) end, function(e) \(body) end)"
        )
        #expect(result == [false, .string(message)])
    }

    @Test func `a handler where nothing can wait is told so, and the error is kept`() async throws {
        let result = try await runLua(
            """
            local message
            local sort = function(a, b)
              message = select(2, xpcall(function() error("disk full", 0) end, function(e) return later(e) end))
              return a < b
            end
            table.sort({ 2, 1 }, sort)
            return message
            """
        )
        let message = result.first?.text
        #expect(message?.contains("a call that waits can't be made here") == true)
        #expect(message?.hasSuffix("the error was: disk full") == true)
    }

    @Test(arguments: [8 << 20, 64 << 20, nil])
    func `a recursion without end is a stack overflow, which can be caught time and again`(_ memory: Int?) async throws
    {
        var configuration = LuaState.Configuration()
        configuration.limits.memory = memory
        let state = try LuaState(configuration)
        let source = """
            local function narrow() return 1 + narrow() end
            local function wide(n) local a, b, c, d, e, f = 1, 2, 3, 4, 5, 6 return wide(n) + a + b + c + d + e + f end
            local function caught(f) return select(2, pcall(f, 1)) end
            local results = {}
            for i = 1, 3 do results[#results + 1], results[#results + 2] = caught(narrow), caught(wide) end
            results[#results + 1] = coroutine.wrap(function() return caught(narrow) end)()
            results[#results + 1] = select(2, xpcall(narrow, function(e) return e end))
            results[#results + 1] = select(2, xpcall(narrow, function() return select(2, pcall(narrow)) end))
            return table.concat(results, "\\n")
            """
        let result = try await state.run(Array(source.utf8), name: "test.lua")
        let messages = result.first?.text?.split(separator: "\n") ?? []
        #expect(messages.count == 9)
        #expect(messages.allSatisfy { $0.hasPrefix("test.lua:") && $0.contains("stack overflow") }, "\(messages)")
        #expect(messages.first?.hasPrefix("test.lua:1: stack overflow") == true)
        let uncaught = await #expect(throws: LuaError.self) {
            try await state.run(Array("local function f() return 1 + f() end f()".utf8), name: "test.lua")
        }
        #expect(uncaught?.code == .script)
        #expect(uncaught?.message.hasPrefix("stack overflow") == true)
        #expect(uncaught?.position?.line == 1)
    }

    @Test(arguments: [
        "local t = setmetatable({}, { __index = function(t, k) return t[k .. ''] end }) return t.x",
        "local function f(s) return (s:gsub('.', f)) end return f('abc')",
        "local function f() local ok, e = pcall(f) if not ok then error(e, 0) end end f()",
        "local function f() return coroutine.wrap(f)() end return f()",
    ])
    func `a recursion through C is a C stack overflow`(_ source: String) async throws {
        let result = try await runLua("return select(2, pcall(function() \(source) end))")
        #expect(result.first?.text?.contains("C stack overflow") == true, "\(result)")
    }

    @Test func `data beyond the limit ends a script, however deep it calls`() async throws {
        var configuration = LuaState.Configuration()
        configuration.limits.memory = 8 << 20
        let state = try LuaState(configuration)
        let source = """
            local kept = {}
            local function descend(n)
              if n > 0 then return 1 + descend(n - 1) end
              while true do pcall(function() for i = 1, 1e6 do kept[#kept + 1] = ("x"):rep(1000) .. #kept end end) end
            end
            descend(20000)
            """
        let error = await #expect(throws: LuaError.self) {
            try await state.run(Array(source.utf8), name: "test.lua")
        }
        #expect(error?.limit == .memory)
    }
}
