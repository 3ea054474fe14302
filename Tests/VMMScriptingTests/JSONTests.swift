import LuaRuntime
import Testing

@testable import VMMScripting

/// `json`, as scripts see it.
@Suite struct JSONTests {
    @Test(arguments: [
        "null", "[null]", #"{"a":null,"b":[1,null,2]}"#, "{}", "[]", #"{"a":{},"b":[],"c":[{},[]]}"#, #"{"1":true}"#,
        "1e+300", "0.5", "-9007199254740993", #"["é\n"]"#, "false",
    ])
    func `what was decoded is encoded as it was`(_ text: String) async throws {
        #expect(try await TestHost().run("return json.encode(json.decode(...))", text) == [.string(text)])
    }

    @Test func `null is a value of its own`() async throws {
        let values = try await TestHost()
            .run(
                """
                local t = json.decode('{"a": null, "list": [1, null]}')
                local keys = {}
                for key in pairs(t) do keys[#keys + 1] = key end
                return t.a == json.null, t.list[2] == json.null, #t.list, table.concat(keys, " "), tostring(json.null),
                  json.encode{ json.null, x }, ({ [json.null] = 1 })[json.null]
                """
            )
        #expect(values == [true, true, 2, "a list", "null", "[null]", 1])
        let returned = try await TestHost().run("return json.null, { json.null }")
        #expect(returned == [.null, .table(LuaTable(elements: [.null]))])
        #expect(try await TestHost().failure("return json.null.x")?.message.contains("field 'null'") == true)
    }

    @Test func `object and array say what a table is, whatever it holds then`() async throws {
        let values = try await TestHost()
            .run(
                """
                local t = json.decode('{"a": 1}')
                t.a = nil
                local same = {}
                return json.encode(t), json.encode(json.object()), json.encode(json.array()), json.object(same) == same,
                  json.encode(same), json.encode(json.array(same)), json.encode(json.object{ "x" }), json.encode{}
                """
            )
        #expect(values == ["{}", "{}", "[]", true, "{}", "[]", #"{"1":"x"}"#, "[]"])
        let failure = try await TestHost().failure("json.encode(json.array{ a = 1 })")
        #expect(failure?.message == "json.encode: JSON can't express an array with holes or names")
        #expect(try await TestHost().failure("json.object(1)")?.kind == .badArgument)
    }

    @Test func `a decoded object is a table like any other`() async throws {
        let values = try await TestHost()
            .run(
                """
                local t = setmetatable(json.decode('{"a": 1}'), { __index = { b = 2 } })
                return getmetatable(json.decode("{}")), t.a, t.b, json.encode(t)
                """
            )
        #expect(values == [.nil, 1, 2, #"{"a":1}"#])
    }

    @Test(arguments: [
        ("4.0", "4"), ("-2^53", "-9007199254740992"), ("2^53", "9007199254740992"),
        ("2^53 + 2", "9.007199254740994e+15"),
        ("1e300", "1e+300"), ("0.5", "0.5"), ("-0.0", "-0.0"), ("2^63", "9.223372036854776e+18"), ("3", "3"),
    ])
    func `a whole float is written as an integer, as far as floats tell whole numbers apart`(
        _ number: String,
        _ text: String
    ) async throws {
        let values = try await TestHost()
            .run("return json.encode(\(number)), json.decode(json.encode(\(number))) == \(number)")
        #expect(values == [.string(text), true])
    }
}
