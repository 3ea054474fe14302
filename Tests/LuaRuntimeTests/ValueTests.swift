import LuaRuntime
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        LuaValue.nil, true, false, 0, .integer(.max), .integer(.min), 1.5, .number(3), "text", "",
        .string(LuaString(bytes: [0, 255, 128, 10])),
        .table(LuaTable(elements: [1, "two", .table(LuaTable(["three": 3]))], ["name": "web-1", "on": true])),
    ])
    func `a value comes back from Lua as it went in`(_ value: LuaValue) async throws {
        #expect(try await runLua("return echo(...)", arguments: [value]) == [value])
        #expect(try await runLua("return later(...)", arguments: [value]) == [value])
    }

    @Test func `an integer stays an integer and a float a float`() async throws {
        let types = try await runLua("return math.type(echo(3)), math.type(echo(3.0)), math.type(later(3))")
        #expect(types == ["integer", "float", "integer"])
    }

    @Test func `fields come in a defined order`() async throws {
        let values = try await runLua("return {10, 20, b = 1, a = 2, [7] = 3, [-1.5] = 4, [true] = 5}")
        let table = try #require(values.first?.table)
        #expect(table.elements == [10, 20])
        #expect(table.fields.map(\.key) == [-1.5, 7, "a", "b", true])
    }

    @Test func `a table that contains itself is refused`() async throws {
        let failure = try await failureOfLua("local t = {}; t.t = t; echo(t)")
        #expect(failure?.message.contains("contains itself") == true)
    }

    @Test func `the same table twice is no cycle`() async throws {
        let values = try await runLua("local t = {1}; return echo({t, t})")
        let one = LuaValue.table(LuaTable(elements: [1]))
        #expect(values == [.table(LuaTable(elements: [one, one]))])
    }

    @Test func `a table nested too deeply is refused`() async throws {
        let failure = try await failureOfLua("local t = {}; for i = 1, 1000 do t = {t} end; echo(t)")
        #expect(failure?.message.contains("deeper than 64 levels") == true)
    }

    @Test func `a table with too many parts is refused`() async throws {
        let failure = try await failureOfLua(
            "local t = {}; for i = 1, 2000 do local row = {}; for j = 1, 1000 do row[j] = j end; t[i] = row end; echo(t)"
        )
        #expect(failure?.message.contains("too large") == true)
    }

    @Test func `conversion runs no metamethod`() async throws {
        let values = try await runLua(
            """
            local trap = setmetatable({1}, {__index = function() error("index") end, __pairs = function() error("pairs") end,
              __len = function() error("len") end, __tostring = function() error("tostring") end})
            return echo(trap)
            """
        )
        #expect(values == [.table(LuaTable(elements: [1]))])
    }

    @Test func `what can't leave Lua is named by its type`() async throws {
        let values = try await runLua("return print, coroutine.create(function() end), {f = type}")
        #expect(values == [.nil, .opaque("thread"), .table(LuaTable(["f": .opaque("function")]))])
    }
}
