import LuaRuntime
import Testing

@testable import VMMScripting

/// What is told of errors that are no text.
@Suite struct ErrorObjectTests {
    private static let withText =
        "setmetatable({ code = 7 }, { __tostring = function(e) return 'out of disk (code ' .. e.code .. ')' end })"

    @Test(arguments: [
        (withText, "out of disk (code 7)"), ("42", "42"), ("{ code = 7 }", "(error object is a table value)"),
        ("nil", "(error object is a nil value)"), ("true", "(error object is a boolean value)"),
        ("{ message = 'disk' }", "disk"), ("setmetatable({}, { __index = { message = 'disk' } })", "disk"),
        ("print", "(error object is a function value)"),
    ])
    func `an error that is no text is shown as stock Lua shows it, wherever it is told`(
        _ value: String,
        _ text: String
    ) async throws {
        let test = try TestHost()
        let failure = try await test.failure("error(\(value), 0)")
        #expect(failure?.message == text)
        #expect(failure?.position?.line == 1)
        let messages = try await test.run(
            """
            local web = vmm.list{ name = "web-1" }
            local function raise() error(\(value), 0) end
            local _, batch = pcall(flow.rolling, web, raise)
            local _, tier = pcall(flow.tiers, { { name = "t", guests = web } }, raise)
            pcall(flow.step, "s", raise)
            pcall(flow.step, "s", function() flow.defer(raise) end)
            pcall(flow.step, "s", function() flow.defer(raise) error("first", 0) end)
            return batch.message, tier.message
            """
        )
        #expect(
            messages.map(\.text) == [
                "1 of 1 guests failed: web-1 (\(text))", "tier t: 1 of 1 guests failed: web-1 (\(text))",
            ]
        )
        let steps = test.events.all.compactMap { event in
            if case .stepEnded(let report, let failure) = event, report.name == "s" { failure } else { nil }
        }
        #expect(steps == [text, text, "first"])
        #expect(test.events.logged.last?.fields.first?.value.text == text)
    }

    @Test func `a text that can't be had doesn't hide the error`() async throws {
        let test = try TestHost()
        let failing = "setmetatable({}, { __tostring = function() error('no text', 0) end })"
        let message = "(error object is a table value; asked for its text, it raised: no text)"
        #expect(try await test.failure("error(\(failing))")?.message == message)
        let batch = try await test.run(
            "return select(2, pcall(flow.rolling, 'web-1', function() error(\(failing)) end)).message"
        )
        #expect(batch.first?.text == "1 of 1 guests failed: web-1 (\(message))")
        let waiting = try await test.failure("error(setmetatable({}, { __tostring = function() vmm.list() end }))")
        #expect(waiting?.message.contains("a call that waits can't be made here") == true)
        let spawning = try await test.failure(
            "error(setmetatable({}, { __tostring = function() async.spawn(print) end }))"
        )
        #expect(spawning?.message.contains("no task can begin here") == true)
        let number = try await test.failure("error(setmetatable({}, { __tostring = function() return 7 end }))")
        #expect(number?.message.contains("'__tostring' must return a string") == true)
    }

    @Test func `a text that takes for ever costs the script its CPU time, and the error is told`() async throws {
        var test = try TestHost()
        test.configuration.limits.cpuTime = .milliseconds(100)
        let source = "\n\nerror(setmetatable({}, { __tostring = function() while true do end end }))"
        let failure = try await test.failure(source)
        #expect(failure?.limit == .cpuTime)
        #expect(
            failure?.message
                .hasSuffix("it had failed before, with an error object that is a table, raised at test.lua:3") == true
        )
    }

    @Test func `an object whose fields raise is an error all the same`() async throws {
        let object = "setmetatable({}, { __index = function() error('no field', 0) end })"
        let result = try await TestHost()
            .run(
                """
                local _, batch = pcall(flow.rolling, "web-1", function() error(\(object)) end)
                local _, retry = pcall(flow.retry, { attempts = 2, backoff = 0 }, function() error(\(object)) end)
                return batch.message, type(retry)
                """
            )
        #expect(result.first?.text?.contains("web-1 (error object is a table value; asked for its text") == false)
        #expect(
            result.first?.text?.contains("(error object is a table value; asked for its text, it raised: no field)")
                == true
        )
        #expect(result.last?.text == "table")
    }
}
