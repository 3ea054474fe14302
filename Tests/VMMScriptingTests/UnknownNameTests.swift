import LuaRuntime
import Testing

@testable import VMMScripting

/// What is told of functions, globals and fields of guests that are not there.
@Suite struct UnknownNameTests {
    @Test(arguments: [
        ("vmm.shutdwn('web-1')", "attempt to call a nil value (field 'shutdwn')", "did you mean vmm.shutdown?"),
        ("flow.zzz()", "(field 'zzz')", "there is no flow.zzz, only approve, deadline, defer"),
        ("local shutdwn = vmm.shutdwn; shutdwn('web-1')", "(local 'shutdwn')", "did you mean vmm.shutdown?"),
        ("vmm.list():nams()", "(method 'nams')", "did you mean guests:names?"),
        ("('x'):uper()", "(method 'uper')", "did you mean string.upper"),
        ("io.write('x')", "attempt to index a nil value (global 'io')", "print writes to standard output"),
        ("os.getenv('HOME')", "(field 'getenv')", "os.getenv isn't there in the sandbox: script.args"),
        ("debug.traceback()", "(global 'debug')", "debug isn't there in the sandbox"),
        ("package.path = ''", "(global 'package')", "require reads the modules"),
        ("unpack({})", "(global 'unpack')", "it is table.unpack"),
        ("loadstring('')", "(global 'loadstring')", "load takes text"),
        ("dofile('x')", "(global 'dofile')", "require reads the modules"),
        ("sleep(1)", "(global 'sleep')", "async.sleep waits"),
        ("shutdown('web-1')", "(global 'shutdown')", "did you mean vmm.shutdown?"),
        ("function stop_all() end; stopall()", "(global 'stopall')", "did you mean stop_all?"),
        ("count = 1; return 1 + cuont", "(global 'cuont')", "did you mean count?"),
    ])
    func `a name that is not there is told with what was meant, caught or not`(
        _ source: String,
        _ message: String,
        _ hint: String
    ) async throws {
        let test = try TestHost()
        let failure = try await test.failure(source)
        #expect(failure?.message.contains(message) == true, "\(String(describing: failure))")
        #expect(failure?.message.hasPrefix("attempt to") == true)
        #expect(failure?.position == .init(chunk: "test.lua", line: 1))
        #expect(failure?.hint?.contains(hint) == true, "\(String(describing: failure?.hint))")
        #expect(failure?.kind == .script)
        for call in ["pcall(f)", "xpcall(f, function(e) return e end)", "coroutine.resume(coroutine.create(f))"] {
            let caught =
                try await test.run(
                    "local function f() \(source) end local _, e = \(call) return e.kind, e.message, e.hint, tostring(e), 'E: ' .. e"
                )
                .map(\.text)
            #expect(caught[0] == "script")
            #expect(caught[1]?.hasPrefix("test.lua:1: attempt to") == true && caught[1]?.contains(message) == true)
            #expect(caught[2]?.contains(hint) == true)
            #expect(caught[3] == caught[1])
            #expect(caught[4] == caught[1].map { "E: " + $0 })
        }
    }

    @Test func `what is not there is nil to who asks, and other errors of Lua's stay text`() async throws {
        let result = try await TestHost()
            .run(
                """
                local t = {}
                local function text(f) local _, e = pcall(f) return type(e) end
                return io == nil and os.getenv == nil and vmm.zzz == nil and math.zzz == nil,
                  text(function() t.x() end), text(function() t.x.y = 1 end), text(function() return 1 + {} end),
                  getmetatable(_G) == nil, #vmm.list():names()
                """
            )
        #expect(result == [true, "string", "string", "string", true, 20])
    }

    @Test(arguments: [
        ("g.name", "a guest has no field \"name\"", "did you mean guest_name?"),
        ("g.vram_sise", "a guest has no field \"vram_sise\"", "did you mean vram_size?"),
        ("g.zzzzzzzz", "a guest has no field \"zzzzzzzz\"", "a guest has guest_id, guest_name"),
        ("g[1]", "a guest has no field 1", "a guest has guest_id"),
    ])
    func `a field that no guest has is an error`(_ read: String, _ message: String, _ hint: String) async throws {
        let failure = try await TestHost().failure("local g = vmm.get('web-1')\nreturn \(read)")
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message == message)
        #expect(failure?.hint?.hasPrefix(hint) == true, "\(String(describing: failure?.hint))")
        #expect(failure?.guest == "web-1")
        #expect(failure?.position?.line == 2)
    }

    @Test(arguments: [
        "g.vram_size = 8192", "g.note = 'x'", "g[1] = 2", "rawset(g, 'status', 'stopped')", "g.host_name = nil",
    ])
    func `a guest can't be written, whether it has the field or not`(_ write: String) async throws {
        for source in ["vmm.get('web-1')", "vmm.list{ name = 'web-1' }[1]", "flow.stop('web-1').before"] {
            let failure = try await TestHost().failure("local g = \(source)\n\(write)")
            #expect(failure?.kind == .badArgument)
            #expect(failure?.message.hasPrefix("web-1: the fields of a guest are read-only") == true)
            #expect(failure?.position?.line == 2)
        }
        let hint = try await TestHost().failure("vmm.get('web-1').vram_size = 8192")?.hint
        #expect(hint == "vmm.set(guest, { vram_size = … }) changes it")
    }

    @Test func `a guest's fields can be read, listed, copied and handed on`() async throws {
        let result = try await TestHost()
            .run(
                """
                local g = vmm.get("web-1")
                local copy, keys = {}, {}
                for key, value in pairs(g) do copy[key] = value; keys[#keys + 1] = key end
                copy.guest_name = "other"
                local by_hand, key = {}, next(g)
                while key do by_hand[#by_hand + 1] = key; key = next(g, key) end
                assert(table.concat(keys, " ") == table.concat(by_hand, " "))
                local json_of = json.decode(json.encode(g))
                local set = { [g] = true }
                return table.concat(keys, " "), json_of.guest_id == g.guest_id, rawget(g, "status"), g.network == nil,
                  vmm.get(g).guest_name, vmm.get(copy).guest_name, set[g], type(g), g.guest_name, getmetatable(g),
                  vmm.get("web-1", { additional = { "network" } }).network ~= nil
                """
            )
        let keys = "autorun description guest_id guest_name raw_status status storage_size tags vcpu_num vram_size"
        #expect(
            result == [.string(keys), true, "running", true, "web-1", "web-1", true, "table", "web-1", false, true]
        )
    }

    @Test(arguments: [
        (
            "flow.retry({ on = { 'bsy' } }, print)",
            "flow.retry: option on: there is no kind of error \"bsy\"; kinds are bad_argument"
        ),
        ("vmm.get('web-1', { aditional = {} })", "vmm.get: there is no option 'aditional'"),
        ("vmm.get('web-1', { additional = { 'net' } })", "additional may hold \"network\""),
        ("vmm.wait_status('web-1', 'runing')", "(running, stopped"),
        ("script.args{ { 'n', type = 'int' } }", "is of type string, number, integer"),
        ("flow.rolling('web-1', { on_failure = 'go' }, print)", "\"stop\" or \"continue\", not \"go\""),
    ])
    func `a wrong word is told with the choices`(_ source: String, _ message: String) async throws {
        let failure = try await TestHost().failure(source)
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message.contains(message) == true, "\(String(describing: failure))")
    }
}
