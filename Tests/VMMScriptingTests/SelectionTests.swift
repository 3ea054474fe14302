import LuaRuntime
import SimulatedVMM
import Testing
import VirtualMachines

@testable import VMMScripting

/// What takes guests: a guest, a name, an id, a pattern, a filter, or a list of these, by one rule.
@Suite struct SelectionTests {
    /// Guests with these names, ids `id-1`, `id-2` … and tags; all run on the host `nas-1` of two.
    private func test(
        _ names: String...,
        tags: [String: String] = [:],
        allow: [String] = [],
        deny: [String] = []
    ) throws -> TestHost {
        let test = try TestHost(allow: allow, deny: deny)
        try test.manager.cluster.withCluster { cluster in
            let hosts = ["nas-1", "nas-2"].map { SimulatedHost(name: $0, vcpuCapacity: 64, memoryCapacityMB: 65_536) }
            let guests = names.enumerated()
                .map { index, name in
                    SimulatedGuest(
                        Guest(
                            id: GuestID(rawValue: "id-\(index + 1)"),
                            name: name,
                            status: .running,
                            vcpuCount: 1,
                            memoryMB: 512,
                            description: tags[name] ?? "",
                            hostName: "nas-1"
                        ),
                        host: 0
                    )
                }
            cluster = Cluster(hosts: hosts, guests: guests, now: cluster.now)
        }
        return test
    }

    private func standard() throws -> TestHost { try test("db-1", "dns", "fw-1", "web-1", "web-2") }

    @Test(arguments: [
        ("'dns'", "db-1, fw-1, web-1, web-2"),
        ("'id-2'", "db-1, fw-1, web-1, web-2"),
        ("'web-*'", "db-1, dns, fw-1"),
        ("vmm.get('dns')", "db-1, fw-1, web-1, web-2"),
        ("vmm.list{ name = 'web-*' }", "db-1, dns, fw-1"),
        ("{ name = 'web-*' }", "db-1, dns, fw-1"),
        ("{ name = 'nobody' }", "db-1, dns, fw-1, web-1, web-2"),
        ("{ 'dns', vmm.get('fw-1'), 'id-4' }", "db-1, web-2"),
        ("{ vmm.list{ name = 'web-*' }, { 'dns', { name = 'fw-?' } } }", "db-1"),
        ("{}", "db-1, dns, fw-1, web-1, web-2"),
        ("{ 'dns', 'dns', 'd*' }", "fw-1, web-1, web-2"),
    ])
    func `whatever names guests is excluded, and added, alike`(_ guests: String, _ rest: String) async throws {
        let values = try await standard()
            .run(
                """
                local all = vmm.list()
                local rest = all:without(\(guests))
                return tostring(rest), tostring(all:where{ except = \(guests) }), tostring(vmm.list{ except = \(guests) }),
                  tostring(rest:union(\(guests))) == tostring(all) or #rest == #all
                """
            )
        #expect(values == [.string(LuaString(rest)), .string(LuaString(rest)), .string(LuaString(rest)), true])
    }

    @Test(arguments: [
        ("vmm.list():without(5)", "guests:without: argument 1 (others) must be \(ValueType.guests.expectation), not 5"),
        (
            "vmm.list():without()",
            "guests:without: argument 1 (others) must be \(ValueType.guests.expectation), not nothing"
        ),
        (
            "vmm.list():without('')",
            "guests:without: argument 1 (others) must be \(ValueType.guests.expectation), not empty text"
        ),
        (
            "vmm.list():union{ 'dns', true }",
            "guests:union: element 2 of argument 1 (others) must be \(ValueType.guests.expectation), not true"
        ),
        (
            "flow.rolling({ { guest_id = 'a' } }, flow.restart)",
            "flow.rolling: element 1 of argument 1 (guests) must be \(ValueType.guests.expectation), "
                + "not a table with a guest_id and no guest_name"
        ),
        (
            "vmm.list():without{ guest_name = 'dns' }",
            "guests:without: a filter has no 'guest_name': write name=; it has name, except, status, tag, host and where"
        ),
        (
            "vmm.list{ except = { print } }",
            "vmm.list: element 1 of the filter's except must be \(ValueType.guests.expectation), not a function"
        ),
        (
            "vmm.list():without{ 'dns', nil, 'fw-1' }",
            "guests:without: argument 1 (others) must be a list without holes, but there is nothing at 2"
        ),
        (
            "vmm.list():without{ 'dns', name = 'x' }",
            "guests:without: argument 1 (others) must be a list, not a table with the key name"
        ),
        (
            "flow.deadline('5m', { force = 1 }, print)",
            "flow.deadline: option force must be \(ValueType.guests.expectation), not 1"
        ),
        (
            "flow.tiers({ { guests = 1 } }, print)",
            "flow.tiers: the guests of tier 1 must be \(ValueType.guests.expectation), not 1"
        ),
        ("async.map(1, print)", "async.map: argument 1 (list) must be \(ValueType.items.expectation), not 1"),
        (
            "async.map({ nam = 'x' }, print)",
            "async.map: a filter has no 'nam'; it has name, except, status, tag, host and where"
        ),
        (
            "local t = {} t[1] = t vmm.list():without(t)",
            "guests:without: " + String(repeating: "element 1 of ", count: 8)
                + "argument 1 (others) must be \(ValueType.guests.expectation), not lists in lists, more than 8 deep"
        ),
        (
            "vmm.list():without('x' .. ('y'):rep(2000))",
            "guests:without: argument 1 (others) must be \(ValueType.guests.expectation), not a string of 2001 bytes"
        ),
    ])
    func `what names no guests is refused, with function, argument and what came`(
        _ call: String,
        _ message: String
    ) async throws {
        let failure = try await standard().failure("local x\n" + call)
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message == message)
        #expect(failure?.position == LuaError.Position(chunk: "test.lua", line: 2))
    }

    @Test(arguments: [
        "vmm.list():without('dsn')", "vmm.list():union{ 'dns', 'dsn' }", "vmm.list{ except = 'dsn' }",
        "flow.rolling('dsn', flow.restart)", "flow.rolling({ 'dns', 'dsn' }, flow.restart)", "async.map('dsn', print)",
        "flow.tiers({ { guests = 'dns' }, { guests = 'dsn' } }, flow.stop)",
        "flow.deadline('5m', { force = 'dsn' }, print)",
        "vmm.get('dsn')",
    ])
    func `a name of nobody is told with near names, before anything is done`(_ call: String) async throws {
        let test = try test("db-1", "dns", allow: ["vmm.power_off"])
        let failure = try await test.failure(call)
        #expect(failure?.kind == .notFound)
        #expect(failure?.message == "there is no guest \"dsn\"")
        #expect(failure?.hint == "did you mean dns?")
        #expect(
            test.events.ended.allSatisfy {
                $0.hasPrefix("vmm.list") || $0.hasPrefix("vmm.find") || $0.hasPrefix("vmm.get")
            }
        )
    }

    @Test func `a pattern that fits nobody is told with one that would`() async throws {
        let failure = try await standard().failure("vmm.list():without('Web-*')")
        #expect(failure?.kind == .notFound)
        #expect(failure?.message == "no guest's name fits \"Web-*\"")
        #expect(failure?.hint == "did you mean web-*?")
        let single = try await standard().failure("vmm.get('web-*')")
        #expect(single?.hint?.contains("vmm.list{ name = \"web-*\" }") == true)
        let several = try await standard().failure("vmm.list():without('web-1, web-2')")
        #expect(several?.hint?.contains("{ \"a\", \"b\" }") == true)
    }

    @Test func `an exact name or id goes before a pattern, and a name of two guests is ambiguous`() async throws {
        let test = try test("who?", "whoa", "id-1", "twin", "twin")
        let values = try await test.run(
            """
            return tostring(vmm.list():without("who?")), tostring(vmm.list():without("id-1")), tostring(vmm.list():without("w*"))
            """
        )
        // "id-1" is the id of who?, and the name of another.
        #expect(values == ["id-1, twin, twin, whoa", "id-1, twin, twin, whoa", "id-1, twin, twin"])
        let failure = try await test.failure("vmm.list():without('twin')")
        #expect(failure?.kind == .ambiguous)
        #expect(failure?.message == "2 guests are called twin: id-4, id-5")
        #expect(try await test.run("return #vmm.list():without('twin*'), #vmm.list():without('id-4')") == [3, 4])
    }

    @Test func `one list is read for all names, and none for guest tables`() async throws {
        let test = try standard()
        try await test.run("local all = vmm.list() all:without{ 'dns', 'fw-*', { status = 'running' }, all }")
        #expect(test.events.ended == ["vmm.list", "vmm.list"])
        let tables = try standard()
        try await tables.run("local all = vmm.list() all:without(all):union(all):without{ all[1], { all } }")
        #expect(tables.events.ended == ["vmm.list"])
        let tiers = try standard()
        try await tiers.run("flow.tiers({ { guests = 'dns' }, { guests = 'web-*' } }, function() end)")
        #expect(tiers.events.ended == ["vmm.list"])
    }

    @Test func `flow and async take guests by name, in the order in which they are named, each once`() async throws {
        let test = try test("a", "b", "c", "web-1", "web-2", allow: ["vmm.power_off"])
        try await test.run(
            """
            local function tell(g) print(g.guest_name) end
            flow.rolling({ "web-2", "c", "web-*", { name = { "a", "b" } } }, tell)
            print(tostring(flow.tiers({ { guests = "web-*" }, { guests = { name = "a" } } }, { limit = 1 }, tell).done))
            local names = async.map("web-*", function(g) return g.guest_name end)
            print(names[1], names[2], async.map({ name = "c" }, function(g) return g.guest_name end)[1])
            print(async.map(vmm.get("b"), function(g) return g.guest_name end)[1], #async.map({ "x", "web-*" }, function(x) return x end))
            print(pcall(flow.deadline, "1m", { force = "web-1" }, function() async.sleep("5m") end))
            """
        )
        #expect(
            test.events.printed == """
                web-2\nc\nweb-1\na\nb\nweb-1\nweb-2\na\nweb-1, web-2, a\nweb-1\tweb-2\tc\nb\t2
                false\tnot done 30s before the deadline; the power of web-1 was cut\n
                """
        )
    }

    @Test func `a guest that one list names twice by itself is a slip where each is acted on, and an overlap is none`()
        async throws
    {
        for list in ["{ 'web-1', 'web-1' }", "{ 'web-1', vmm.get('web-1') }", "{ 'web-1', 'id-4' }"] {
            let failure = try await standard().failure("flow.rolling(\(list), flow.restart)")
            #expect(failure?.kind == .badArgument)
            #expect(failure?.message == "flow.rolling: web-1 is there twice")
        }
        let tiers = try await standard().failure("flow.tiers({ { guests = 'web-1' }, { guests = '*' } }, flow.stop)")
        #expect(tiers?.message == "flow.tiers: web-1 is there twice, in tier 1 and in tier 2")
        let values = try await standard()
            .run("return tostring(flow.rolling({ 'web-1', 'web-*', { 'web-1' } }, function() end).done)")
        #expect(values == ["web-1, web-2"])
    }

    @Test(arguments: [
        (
            "status = 'up'",
            "there is no status \"up\", only running, stopped, paused, booting, shutting_down, moving, creating, standby, crashed, inaccessible, unknown"
        ),
        ("status = {}", "the filter's status is an empty list, which fits no guest"),
        ("name = ''", "the filter's name is empty text, which fits no guest: leave it out"),
        ("name = { 'a', 5 }", "the filter's name must hold strings, not 5"),
        ("name = 5", "the filter's name must be a string or an array of strings, not 5"),
        (
            "name = 'db-1, web-*'",
            "the filter's name \"db-1, web-*\" fits no guest: write { \"db-1\", \"web-*\" }; guests are db-1, web-1"
        ),
        ("name = ' db-1'", "the filter's name \" db-1\" fits no guest: write { \"db-1\" }; guests are db-1, web-1"),
        (
            "tag = '#web'",
            "the filter's tag \"#web\" fits no guest: a tag is one word, written without #, and several are a list; tags are db, web"
        ),
        (
            "tag = 'web db'",
            "the filter's tag \"web db\" fits no guest: a tag is one word, written without #, and several are a list; tags are db, web"
        ),
        ("host = 'nas-3'", "there is no host \"nas-3\"; hosts are nas-1, nas-2"),
        ("where = true", "the filter's where must be a function, not true"),
        ("tags = 'web'", "a filter has no 'tags': write tag=; it has name, except, status, tag, host and where"),
    ])
    func `a filter that can't fit any guest is refused with what there is`(_ filter: String, _ words: String)
        async throws
    {
        let test = try test("db-1", "web-1", tags: ["db-1": "#db", "web-1": "#web"])
        for (call, function) in [
            ("vmm.list{ \(filter) }", "vmm.list"), ("vmm.list{ name = 'x' }:where{ \(filter) }", "guests:where"),
            ("flow.rolling({ \(filter) }, print)", "flow.rolling"),
        ] {
            let failure = try await test.failure(call)
            #expect(failure?.kind == .badArgument)
            #expect(failure?.message == "\(function): \(words)")
        }
    }

    @Test func `a filter that merely fits nobody at the moment gives an empty list`() async throws {
        let values = try await test("db-1", "a, b", "#x", tags: ["db-1": "#db ##odd"])
            .run(
                """
                return #vmm.list{ name = "nobody" }, #vmm.list{ tag = "nightly" }, #vmm.list{ status = "crashed" },
                  #vmm.list{ host = "nas-2" }, #vmm.list{ name = "a, b" }, #vmm.list{ name = "db-1" }:where{ name = "a, b" },
                  #vmm.list{ tag = "#odd" }
                """
            )
        #expect(values == [0, 0, 0, 0, 1, 0, 1])
        let failure = try await test("a").failure("flow.rolling({ name = 'b' }, flow.restart)")
        #expect(failure?.kind == .emptySelection)
    }

    @Test func `guests that the script may not read are left out of patterns, and refused by name`() async throws {
        let test = try test("fw-1", "web-1", deny: ["vmm.*:fw-*"])
        #expect(try await test.run("return #vmm.list():without('fw-*'), #vmm.list():without('*')") == [1, 0])
        for name in ["fw-1", "id-1"] {
            #expect(try await test.failure("vmm.list():without('\(name)')")?.kind == .permissionDenied)
        }
        let failure = try await test.failure("flow.rolling('fw-*', flow.restart)")
        #expect(failure?.kind == .emptySelection)
    }

    @Test(arguments: [
        ("Web-*", ["web-*"]), ("wbe-*", ["web-*"]), ("fw_*", ["fw-*"]), ("web*1x", ["web*1"]), ("dsn", ["dns"]),
        ("x*", []),
        ("*", []), ("fw-?", ["fw-1?"]), ("WEB-?", ["web-?"]), ("nothing-like-it-*", []), ("", []),
    ])
    func `near names of a pattern are patterns`(_ text: String, _ near: [String]) {
        #expect(nearNames(to: text, among: ["web-1", "web-2", "dns", "fw-12"]) == near)
    }
}
