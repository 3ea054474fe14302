import LuaRuntime
import SimulatedVMM
import Testing
import VirtualMachines

@testable import VMMScripting

/// What scripts do with text: its width, tables of it, and the names of guests however they are written.
@Suite struct TextTests {
    @Test func `a text is as wide as a terminal shows it`() async throws {
        let values = try await TestHost()
            .run(
                """
                return text.width("web-1"), text.width("日本"), text.width("e\\u{301}"), text.width("😀"),
                  text.width("\\u{1112}\\u{1161}\\u{11ab}"), text.width(""), text.width("a\\n"), text.width("\\27["), text.width("\\xff")
                """
            )
        #expect(values == [5, 4, 1, 2, 2, 0, 3, 5, 4])
        #expect(try await TestHost().failure("text.width(1)")?.kind == .badArgument)
    }

    @Test func `a table aligns wide and combining characters, numbers to the right`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            print.table({ { "日本", 1 }, { "cafe\\u{301}", 20 }, { "x", nil } }, { "NAME", "N" })
            print.table{ { "a", "b\\nc" }, { "é" }, { "", "" } }
            """
        )
        #expect(
            test.events.printed == "NAME   N\n日本   1\ncafe\u{301}  20\nx      -\na  b\\nc\né  -\n\n"
        )
    }

    @Test func `columns name the fields of guests, with a heading and a side of their own`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            print.table(vmm.list{ name = { "web-1", "db-1" } },
              { "guest_name", { "status", title = "STATUS", align = "right" }, { "vcpu_num", title = "CPUS", align = "left" } })
            print.table({}, { "NOBODY" })
            """
        )
        let lines = test.events.printed.split(separator: "\n").map(String.init)
        #expect(lines.first == "guest_name   STATUS  CPUS")
        #expect(lines.count == 4 && lines.last == "NOBODY")
        #expect(lines[1].hasPrefix("db-1        running  ") && lines[2].hasPrefix("web-1       running  "))
    }

    @Test(arguments: [
        ("print.table({ 1 })", "row 1 must be a table, not 1"), ("print.table({ { a = 1 } })", "name the columns"),
        ("print.table({ [2] = {} })", "without holes"), ("print.table({}, { 1 })", "column 1 must be a heading"),
        ("print.table({}, { { 'a', algin = 'left' } })", "no property 'algin'"),
        ("print.table({}, { { 'a', align = 'middle' } })", "align of column 1 must be"),
        ("print.table({ { [1000000] = 1 } })", "100 columns at most"), ("print.table()", "argument 1 (rows)"),
    ])
    func `a table that can't be printed says why`(_ call: String, _ part: String) async throws {
        let failure = try await TestHost().failure(call)
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }

    @Test func `print stays a function, and no other function has fields`() async throws {
        let test = try TestHost()
        let values = try await test.run(
            """
            xpcall(function() error("raised", 0) end, print)
            async.map({ "mapped" }, print)
            local ok, problem = pcall(function() return tostring.table end)
            return type(print), getmetatable(print), print.absent, ok, problem
            """
        )
        #expect(
            values == [
                "function", false, .nil, false,
                "test.lua:3: attempt to index a function value (its field 'table')",
            ]
        )
        #expect(test.events.printed.hasPrefix("raised\nmapped\t1"))
    }

    // MARK: Names

    private static let composed = "caf\u{e9}"
    private static let decomposed = "cafe\u{301}"

    /// Guests of which the first is called, tagged and hosted as some system spells it.
    private func host(_ names: String..., allow: [String] = [], deny: [String] = []) throws -> TestHost {
        let test = try TestHost(allow: allow, deny: deny)
        try test.manager.cluster.withCluster { cluster in
            let guests = (names + ["web-1"]).enumerated()
                .map { index, name in
                    SimulatedGuest(
                        Guest(
                            id: GuestID(rawValue: "id-\(index)"),
                            name: name,
                            status: .running,
                            vcpuCount: 1,
                            memoryMB: 512,
                            description: index == 0 ? "#\(name)" : "",
                            hostName: index == 0 ? name : "nas-2"
                        ),
                        host: index == 0 ? 0 : 1
                    )
                }
            let hosts = [names[0], "nas-2"].map { SimulatedHost(name: $0, vcpuCapacity: 64, memoryCapacityMB: 65_536) }
            cluster = Cluster(hosts: hosts, guests: guests, now: cluster.now)
        }
        return test
    }

    @Test(arguments: [(composed, decomposed), (decomposed, composed), (composed, composed)])
    func `a name matches whatever normal form either side has, and is shown as the NAS spells it`(
        onNAS: String,
        inScript: String
    ) async throws {
        let test = try host(onNAS)
        let values = try await test.run(
            """
            local name = "\(inScript)"
            return vmm.get(name).guest_name, vmm.list{ name = name }[1].guest_name, #vmm.list{ name = name:sub(1, 3) .. "*" },
              #vmm.list{ name = "caf?" }, #vmm.list{ except = name }, #vmm.list():without(name),
              #vmm.list{ tag = name }, #vmm.list{ host = name }, vmm.shutdown(name).guest_name
            """
        )
        let spelled = LuaValue.string(onNAS)
        // `==` of Swift's texts would take both for the same; these are bytes.
        #expect(values == [spelled, spelled, 1, 1, 1, 1, 1, 1, spelled])
    }

    @Test(arguments: [(composed, decomposed), (decomposed, composed)])
    func `permission scopes match in any normal form`(onNAS: String, inScript: String) async throws {
        let test = try host(onNAS, deny: ["vmm.shutdown:\(inScript)"])
        #expect(try await test.failure("vmm.shutdown('\(inScript)')")?.kind == .permissionDenied)
        #expect(try await test.run("return script.allows('vmm.shutdown:\(onNAS)')") == [false])
        let granting = try host(onNAS, allow: ["vmm.power_off:\(inScript)"])
        #expect(try await granting.run("return vmm.power_off('\(onNAS)', { force = true }).action") == ["power_off"])
    }

    @Test func `two guests that only a normal form tells apart are ambiguous`() async throws {
        let test = try host(Self.composed, Self.decomposed)
        for call in ["vmm.get('\(Self.composed)')", "vmm.list{ except = '\(Self.decomposed)' }"] {
            #expect(try await test.failure(call)?.kind == .ambiguous)
        }
    }

    @Test func `a text that is not UTF-8 is sent to no NAS`() async throws {
        let test = try TestHost(allow: ["vmm.set"])
        let failure = try await test.failure("vmm.set('web-1', { guest_name = 'caf\\xe9' })")
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message == "vmm.set: option guest_name is not UTF-8: \"caf\\xe9\"")
        #expect(try await test.failure("vmm.shutdown('caf\\xe9')")?.kind == .badArgument)
    }

    @Test func `bytes that are not UTF-8 stay what they are in a script, and are escaped in messages`() async throws {
        let test = try TestHost()
        let source = ["print('caf", "\u{E9}", "') error('caf", "\u{E9}", "\u{E2}", "\u{82}", "!', 0)"].joined()
            .unicodeScalars
            .map { UInt8($0.value) }
        do {
            try await test.host.run(source, named: "latin.lua")
            Issue.record("it does not fail")
        } catch {
            #expect(error.message == "caf\\xe9\\xe2\\x82!")
        }
        let printed = test.events.all.compactMap { event -> [UInt8]? in
            if case .printed(let bytes) = event { bytes } else { nil }
        }
        #expect(printed == [Array("caf".utf8) + [0xE9, 0x0A]])
    }
}
