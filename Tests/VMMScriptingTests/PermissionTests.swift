import Testing
import VirtualMachines

@testable import VMMScripting

@Suite struct PermissionTests {
    @Test(arguments: [
        ("net:10.0.0.0/8:443", "net:10.1.2.3:443", true),
        ("net:10.0.0.0/8:443", "net:10.1.2.3:80", false),
        ("net:10.0.0.0/8:443", "net:11.1.2.3:443", false),
        ("net:10.0.0.0/8", "net:10.9.9.9:22", true),
        ("net:10.128.0.0/9:1", "net:10.127.255.255:1", false),
        ("net:10.0.0.7", "net:10.0.0.7:1", true),
        ("net:*.lan:80", "net:web.lan:80", true),
        ("net:*.lan:80", "net:WEB.LAN:80", true),
        ("net:*.lan:80", "net:web.example:80", false),
        ("net:[fd00::]/8:22", "net:[fd12::1]:22", true),
        ("net:[fd00::]/8:22", "net:[fe80::1]:22", false),
        ("net", "net:anything:1", true),
        ("net:10.0.0.0/8", "net:010.0.0.1:1", false),
        ("net:10.0.0.0/8", "net:10.0.0.256:1", false),
        ("net:10.0.0.0/8", "net:[::ffff:10.0.0.1]:1", true),
        ("*:10.0.0.0/8", "net:10.0.0.1:1", true),
        ("net:*.lan", "net:web.lan.:1", true),
        ("net:10.0.0.0/8", "net:web.lan:1", false),
        ("net:[fe80::]/10", "net:[fe80::1%eth0]:1", true),
        ("modules:lib.*", "modules:lib.names", true),
        ("modules:lib.*", "modules:names", false),
        ("vmm.set:web-*", "vmm.set:web-1", true),
        ("vmm.set:web-*", "vmm.set:db-1", false),
        ("vmm.*", "vmm.delete", true),
    ])
    func `a scope says what a permission is for`(_ rule: String, _ asked: String, _ isAllowed: Bool) throws {
        #expect(PermissionPolicy(allow: [try PermissionRule(rule)]).allows(asked) == isAllowed)
    }

    @Test(arguments: [
        "net:10.0.0.0/33", "net:10.0.0.0/8:0", "net:a:b:c", "net:host:99999", "net:[", "net:]:1", "net:[]:1", "net:a b",
        "net:", "vmm.fly", "", ":x", "vmm.powr_off", "vmm.set:", "vmm.set,vmm.delete", "vmm.set:web-1,web-2",
        "vmm.*: web-1",
        "vmm.*:web-1 ", "vmm.*:\tfw-*", "modules:lib/names", "modules:a,b", " vmm.set", "vmm",
    ])
    func `a rule that can't be is refused`(_ text: String) {
        #expect(throws: ScriptError.self) { try PermissionRule(text) }
    }

    @Test(arguments: [
        ("vmm.set:web-1,web-2", "repeat the flag for each"), ("vmm.set,vmm.delete", "repeat the flag for each"),
        ("vmm.set: web-1", "write it without"), ("vmm.powr_off", "did you mean vmm.power_off?"),
        ("modules:lib/names", "modules:lib.*"),
    ])
    func `a refused rule says what to write`(_ text: String, _ advice: String) {
        let error = #expect(throws: ScriptError.self) { try PermissionRule(text) }
        #expect(error?.hint?.contains(advice) == true, "\(error?.hint ?? "none")")
    }

    @Test(
        arguments: [
            ("vmm.*:Web-*", ["web-*"]), ("vmm.power_off:wbe-1", ["web-1"]), ("*:fw-*", []), ("vmm.set:nobody", []),
            ("vmm.*:web-*", nil), ("vmm.*:id-1", nil), ("vmm.*", nil), ("vmm.*:*", nil), ("net:Web-*", nil),
            ("modules:Web-*", nil),
            ("*:10.0.0.0/8", nil), ("*:*.lan:80", nil), ("vmm.*off*:w?b-1", nil),
        ] as [(String, [String]?)]
    )
    func `a scope of guests that no guest is in is known, with what may have been meant`(
        _ rule: String,
        _ meant: [String]?
    ) throws {
        let guests = ["web-1", "dns"].enumerated()
            .map { index, name in
                Guest(id: GuestID(rawValue: "id-\(index)"), name: name, status: .running, vcpuCount: 1, memoryMB: 1)
            }
        let ids = guests + [Guest(id: "id-1", name: "mail", status: .running, vcpuCount: 1, memoryMB: 1)]
        #expect(try PermissionRule(rule).scopesMeant(among: ids) == meant)
    }

    @Test(
        arguments: [
            ("vmm.set", [], [], false), ("vmm.set", ["vmm.set"], [], true), ("vmm.set", ["vmm.set:web-*"], [], true),
            ("vmm.set:db-*", ["vmm.*"], [], true), ("vmm.read", [], [], true), ("vmm.read", [], ["vmm.*"], false),
            ("vmm.set", ["vmm.set"], ["vmm.set:web-*"], true), ("vmm.set", ["vmm.set"], ["vmm.set:*"], false),
            ("vmm.set:web-1", ["vmm.set"], ["vmm.*:web-*"], false),
            ("vmm.set:web-*", ["vmm.set"], ["vmm.set:web-?"], true),
            ("vmm.*", ["vmm.set", "vmm.delete"], [], false), ("vmm.*", ["vmm.*"], [], true),
            ("net", ["vmm.*"], [], false),
            ("net:10.0.0.0/8:443", ["net:10.0.0.7"], [], true),
        ] as [(String, [String], [String], Bool)]
    )
    func `a permission that a script needs is there if something grants it for some target`(
        _ need: String,
        _ allow: [String],
        _ deny: [String],
        _ isThere: Bool
    ) throws {
        let policy = PermissionPolicy(
            allow: try allow.map { try PermissionRule($0) },
            deny: try deny.map { try PermissionRule($0) }
        )
        #expect((policy.missing(try PermissionRule(need)) == nil) == isThere)
    }

    @Test func `a refusal advises a scope that is this guest's alone`() async throws {
        for (name, scope) in [("web-1", "web-1"), ("who?", "id-7"), ("a, b", "id-7")] {
            let guest = Guest(id: "id-7", name: name, status: .running, vcpuCount: 1, memoryMB: 1)
            let error = #expect(throws: ScriptError.self) {
                try PermissionPolicy().authorize("vmm.set", for: .guest(guest))
            }
            #expect(error?.hint == "allow it with --allow 'vmm.set:\(scope)'")
        }
    }

    @Test func `a denial beats a grant`() throws {
        let policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")], deny: [try PermissionRule("vmm.*:fw-*")])
        #expect(policy.allows("vmm.delete:web-1"))
        #expect(!policy.allows("vmm.delete:fw-1"))
    }

    @Test func `guests that a script may not read are in no list`() async throws {
        let test = try TestHost(deny: ["vmm.read:web-*"])
        #expect(try await test.run("return #vmm.list{ name = 'web-*' }, #vmm.list()") == [0, 16])
        for call in ["get('web-1')", "wait_status('web-1', 'stopped', { timeout = 1 })", "shutdown('web-1')"] {
            let error = try await test.failure("vmm." + call)
            #expect(error?.kind == (call.hasPrefix("shutdown") ? nil : .permissionDenied))
            #expect(error?.message.contains("running") != true)
        }
        #expect(try await test.run("return #vmm.tasks()") == [0])
        #expect(try await test.failure("vmm.get('web-9')")?.hint?.contains("web-") == false)
    }

    @Test func `a refused call names the flag that would allow it`() async throws {
        let error = try await TestHost().failure("vmm.set('db-1', { autorun = 1 })")
        #expect(error?.kind == .permissionDenied)
        #expect(error?.hint?.contains("--allow 'vmm.set'") == true)
    }
}
