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
        "net:", "vmm.fly", "", ":x",
    ])
    func `a rule that can't be is refused`(_ text: String) {
        #expect(throws: ScriptError.self) { try PermissionRule(text) }
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
