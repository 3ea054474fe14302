import LuaRuntime
import SimulatedVMM
import Testing
import VirtualMachines

@testable import VMMScripting

@Suite struct ScriptHostTests {
    @Test func `an error that a script makes may have a hint, and nothing else of the host's`() async throws {
        let source = "error({ kind = 'timeout', message = 'no', hint = 'do it', guest = 'web-1' })"
        let error = try await TestHost().failure(source)
        #expect(error?.message == "no" && error?.hint == "do it")
        #expect(error?.kind == .script && error?.guest == nil)
    }

    @Test func `print, log and json do what they say`() async throws {
        let test = try TestHost()
        let values = try await test.run(
            """
            print("a", 1, true, nil)
            log.warn("careful", { guest = "web-1", n = 2 })
            local t = json.decode('{"list": [1, 2.5, "x"], "none": null, "deep": {"yes": true}}')
            return json.encode({ b = { 1, 2 }, a = "ä" }), t.list[2], t.none == json.null, t.deep.yes, math.type(t.list[1])
            """
        )
        #expect(test.events.printed == "a\t1\ttrue\tnil\n")
        #expect(test.events.logged.map(\.message) == ["careful"])
        #expect(test.events.logged.first?.level == .warn)
        #expect(test.events.logged.first?.fields.count == 2)
        #expect(values == [#"{"a":"ä","b":[1,2]}"#, 2.5, true, true, "integer"])
    }

    @Test(arguments: [
        ("json.decode('{')", "json.decode: unexpected end, expected a member name at byte 1"),
        ("json.encode(print)", "json.encode: JSON can't express a function"),
        ("json.encode(0/0)", "json.encode: JSON can't express the number -nan"),
        ("json.encode('\\255')", "json.encode: JSON can't express a string that is not UTF-8"),
        ("json.encode({1, a = 2})", "json.encode: JSON can't express a table with both elements and names"),
    ])
    func `what JSON can't say is refused`(_ call: String, _ message: String) async throws {
        let failure = try await TestHost().failure(call)
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message == message)
    }

    @Test func `arguments are taken by position and by name, and converted`() async throws {
        let source = """
            local a = script.args{ {"name", default = "web-*"}, {"batch", type = "integer", default = 1},
              {"pause", type = "duration", default = "30s"}, {"share", type = "share", default = "25%"}, {"dry", type = "boolean", default = false} }
            return a.name, a.batch, a.pause, a.share, a.dry, ...
            """
        let test = try TestHost()
        #expect(try await test.run(source) == ["web-*", 1, 30.0, "25%", false])
        let given = try await test.run(source, "db-*", "pause=5m", "3", "dry=true", "share=2")
        #expect(given == ["db-*", 3, 300.0, 2, true, "db-*", "pause=5m", "3", "dry=true", "share=2"])
    }

    @Test(arguments: [
        (["x", "many"], "batch must be a whole number, not 'many'"), ([], "name is missing"),
        (["a", "bach=2"], "there is no argument 'bach': did you mean batch?"),
        (["zzz=2"], "there is no argument 'zzz': known are name, batch"),
        (["a", "1", "b"], "'b' is one argument too many"), (["a", "name=b"], "name is given twice"),
    ])
    func `wrong arguments are named`(_ arguments: [String], _ problem: String) async throws {
        let source = "script.args{ {'name'}, {'batch', type = 'integer', default = 1} }"
        let test = try TestHost()
        let run = try await test.host.start(source, named: "test.lua", arguments: arguments)
        await #expect(throws: ScriptError.self) { try await run.result() }
        #expect(run.usage?.problem == problem)
        #expect(run.usage?.line(for: "test") == "test NAME [batch=1]")
    }

    @Test func `a script's usage can be read without machines, and nothing behind it runs`() async throws {
        let usage = try await ScriptHost.usage(
            of: "local a = script.args{ {'name', help = 'which'} }; while true do end",
            named: "test.lua"
        )
        #expect(usage?.arguments.map(\.name) == ["name"])
        #expect(usage?.table.contains("which; required") == true)
        #expect(try await ScriptHost.usage(of: "return 1", named: "test.lua") == nil)
        #expect(try await ScriptHost.usage(of: "while true do end", named: "test.lua") == nil)
    }

    @Test(arguments: [
        "for _, g in ipairs(vmm.list()) do print(g) end\nlocal a = script.args{ {'name', help = 'which'}, {\"n\", type = 'integer', default = -1} }",
        "local function main()\n  local a = script.args({ {'name'}, {'n', default = 'a' .. 'b'} }) end\nif os.time() < 0 then main() end",
        "while true do vmm.list() end -- script.args{ {'x'} }\nscript.args { {'name';}, {'n'} }",
        "vmm.list() script.args --[[ these ]] {\n{ 'name' },\n{ 'n', },\n}",
    ])
    func `a declaration that is written out is read wherever it stands`(_ source: String) async throws {
        let usage = try await ScriptHost.usage(of: source, named: "test.lua")
        #expect(usage?.arguments.map(\.name) == ["name", "n"])
    }

    @Test func `a declaration that is worked out is read where the script comes to it, and else its line is told`()
        async throws
    {
        func arguments(_ source: String) async throws -> String {
            switch try await ScriptHost.arguments(of: source, named: "test.lua") {
            case .declared(let usage): usage.arguments.map(\.name).joined(separator: " ")
            case .none: "none"
            case .unknown(let line): "line \(line)"
            }
        }
        #expect(try await arguments("local n = 'na' .. 'me'\nscript.args{ {n} }") == "name")
        #expect(try await arguments("local n = #vmm.list()\nscript.args{ {'name', default = n} }") == "line 2")
        #expect(try await arguments("if x then script.args{ {'a'} } else script.args{ {'b'} } end") == "b")
        #expect(
            try await arguments("vmm.list()\nif x then script.args{ {'a'} } else script.args{ {'b'} } end") == "line 2"
        )
        #expect(try await arguments("local a = script.args\nlocal b = a{ {'b'} }") == "b")
        #expect(try await arguments("return my.script.args{ {'a'} }") == "none")
        #expect(try await arguments("return 'script.args{}'") == "none")
    }

    @Test func `a script of any bytes tells its arguments`() async throws {
        let declaration = "'\nscript.args{ {'name'}, {'n'} }"
        let source = Array("vmm.list() local s = '".utf8) + [0xFF, 0xC3] + Array(declaration.utf8)
        let usage = try await ScriptHost.usage(of: source, named: "test.lua")
        #expect(usage?.arguments.map(\.name) == ["name", "n"])
    }

    @Test func `a declaration that script.args refuses is told with its line`() async throws {
        let error = await #expect(throws: ScriptError.self) {
            try await ScriptHost.usage(of: "vmm.list()\n\nscript.args{ {'n', type = 'int'} }", named: "test.lua")
        }
        #expect(error?.position?.line == 3)
        #expect(error?.message.contains("not int") == true)
        let syntax = await #expect(throws: ScriptError.self) {
            try await ScriptHost.usage(of: "script.args{ {'n'} } this is no Lua", named: "test.lua")
        }
        #expect(syntax?.isSyntaxError == true)
    }

    @Test func `permissions beyond the default are granted by name, and denials win`() async throws {
        let off = "vmm.power_off('web-1', { force = true })"
        let refused = try await TestHost().failure(off)
        #expect(refused?.kind == .permissionDenied)
        #expect(refused?.hint?.contains("--allow 'vmm.power_off") == true)
        try await TestHost(allow: ["vmm.power_off:web-*"]).run(off)
        #expect(try await TestHost(allow: ["vmm.power_off:db-*"]).failure(off)?.kind == .permissionDenied)
        #expect(try await TestHost(allow: ["vmm.*"], deny: ["vmm.*:web-1"]).failure(off)?.kind == .permissionDenied)
        #expect(try await TestHost(deny: ["vmm.read"]).failure("vmm.list()")?.kind == .permissionDenied)
        #expect(throws: ScriptError.self) { try PermissionRule("vmm.reboot") }
        #expect(
            try await TestHost(allow: ["vmm.set"]).run("return script.allows('vmm.set'), script.allows('vmm.delete')")
                == [true, false]
        )
    }

    @Test func `a failed run tells which guests it left midway`() async throws {
        let test = try TestHost()
        let run = try await test.host.start(
            """
            vmm.wait_task(vmm.shutdown("web-1"))
            vmm.shutdown("web-2")
            vmm.shutdown("web-3")
            error("enough")
            """,
            named: "test.lua"
        )
        await #expect(throws: ScriptError.self) { try await run.result() }
        #expect(run.guestsMidway.map(\.name) == ["web-2", "web-3"])
        #expect(
            run.touchedGuests.first == TouchedGuest(name: "web-1", action: "shutdown", isDone: true, isOff: true)
        )
    }

    @Test func `a guest is midway while any change of it is, and a script can't say otherwise`() async throws {
        let test = try TestHost(allow: ["vmm.set"])
        let run = try await test.host.start(
            """
            local task = vmm.shutdown("web-1")
            vmm.set("web-1", { autorun = 0 })
            vmm.shutdown("web-2")
            local g = vmm.get("web-2")
            pcall(vmm.wait_task, { guest_id = g.guest_id, action = "power_on", changed = false, status = "completed" })
            error("x")
            """,
            named: "test.lua"
        )
        await #expect(throws: ScriptError.self) { try await run.result() }
        #expect(run.guestsMidway.map(\.name) == ["web-1", "web-2"])
    }

    @Test func `a cancelled run says so, whatever the script makes of it`() async throws {
        let test = try TestHost()
        var configuration = test.configuration
        configuration.onIdle = nil
        let host = ScriptHost(manager: test.manager, configuration: configuration)
        for source in [
            "async.sleep(1)", "pcall(async.sleep, 1) return 'fine'", "pcall(async.sleep, 1) while true do end",
            "while true do pcall(async.sleep, 1) end",
        ] {
            let run = try await host.start("print('begun') " + source, named: "test.lua")
            for await event in run.events {
                if case .printed = event { run.cancel() }
            }
            do {
                let values = try await run.result()
                #expect(values == ["fine"])
            } catch {
                #expect(error.kind == .cancelled)
            }
        }
    }

    @Test func `a run that is killed ends at once`() async throws {
        let host = try TestHost().host
        let run = try await host.start("print('begun') while true do pcall(print) end", named: "test.lua")
        for await event in run.events {
            if case .printed = event { run.kill() }
        }
        let error = await #expect(throws: ScriptError.self) { try await run.result() }
        #expect(error?.kind == .interrupted)
    }

    @Test func `cancelling the task cancels the run`() async throws {
        let test = try TestHost()
        var configuration = test.configuration
        configuration.onIdle = nil
        let host = ScriptHost(manager: test.manager, configuration: configuration)
        let task = Task { try await host.run("async.sleep('1h')", named: "test.lua") }
        task.cancel()
        await #expect(throws: ScriptError.self) { try await task.value }
    }

    @Test func `an embedding program adds tables of its own, which pass the same seam`() async throws {
        let test = try TestHost(bindings: [
            .function(
                "cmdb.owner",
                parameters: [.init("name", .string)],
                results: "text",
                summary: "Who owns a guest."
            ) { arguments in
                [.string("owner of \(arguments.string("name") ?? "")")]
            },
            .operation(
                "chat.post",
                .write,
                parameters: [.init("text", .string)],
                summary: "Posts a message."
            ) { call in
                ["posted \(call.arguments.string("text") ?? "") as \(call.operation)"].map(LuaValue.string)
            },
        ])
        let values = try await test.run("return cmdb.owner('web-1'), chat.post('hello'), pcall(chat.post)")
        #expect(values.prefix(3) == ["owner of web-1", "posted hello as 1#1", false])
        #expect(test.events.ended == ["chat.post"])
    }

    @Test func `every declaration in the Lua files can be read, and each has what the reference needs`() {
        for file in LuaLibrary.files {
            for declaration in LuaLibrary.declarations(in: String(decoding: file.source, as: UTF8.self)) {
                #expect(throws: Never.self) { try Binding(declaration: declaration) }
            }
        }
        for binding in HostTables.bindings(ScriptHost.Configuration()) {
            #expect(!binding.summary.isEmpty && !binding.example.isEmpty, "\(binding.name)")
        }
        #expect(
            LuaLibrary.bindings.first { $0.name == "async.map" }?.signature
                == "async.map(list, {limit=4}, fn) -> array of first results"
        )
    }

    @Test func `an embedding program adds functions written in Lua on its own, and their arguments are checked`()
        async throws
    {
        var test = try TestHost()
        test.configuration.libraries = [
            try TrustedLibrary(
                "greetings",
                source: Array(
                    """
                    --: greet(name: string) -> text
                    --: Greets somebody.
                    function script_globals.greet(name)
                      host.check("greet", name)
                      return host.greeting.of(name) .. host.greeting.later("!")
                    end
                    """
                    .utf8
                ),
                hostFunctions: [
                    .function("greeting.of", parameters: [.init("name", .string)], summary: "A greeting.") {
                        arguments in
                        [.string("hello " + (arguments.string("name") ?? ""))]
                    },
                    .operation("greeting.later", .read, parameters: [.init("end", .string)], summary: "An end.") {
                        call in
                        [.string(call.arguments.string("end") ?? "")]
                    },
                ]
            )
        ]
        #expect(try await test.run("return greet('web-1'), greeting, host") == ["hello web-1!", .nil, .nil])
        let failure = try await test.failure("greet(1)")
        #expect(failure?.message == "greet: argument 1 (name) must be a string, not 1")
        #expect(HostTables.bindings(test.configuration).contains { $0.name == "greet" })
        #expect(throws: ScriptError.self) { try TrustedLibrary("x", source: Array("--: nonsense".utf8)) }
    }
}
