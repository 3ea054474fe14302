import LuaRuntime
import SimulatedVMM
import Testing
import VirtualMachines

@testable import VMMScripting

@Suite struct VMMTableTests {
    @Test func `list gives guests sorted by name, with the documented fields`() async throws {
        let values = try await TestHost()
            .run(
                """
                local all = vmm.list()
                local g = vmm.list{ name = "web-1" }[1]
                local names = all:names()
                local sorted = true
                for i = 2, #names do sorted = sorted and names[i - 1] <= names[i] end
                return #all, sorted, g.guest_name, g.status, g.raw_status, math.type(g.vcpu_num), math.type(g.vram_size),
                  math.type(g.storage_size), math.type(g.autorun), type(g.tags), type(g.guest_id)
                """
            )
        #expect(
            values == [
                20, true, "web-1", "running", "running", "integer", "integer", "integer", "integer", "table", "string",
            ]
        )
    }

    @Test func `a filter takes globs, statuses and a function`() async throws {
        let values = try await TestHost()
            .run(
                """
                local web = vmm.list{ name = "web-*" }
                local two = vmm.list{ name = {"web-1", "db-?"}, status = "running" }
                local where = vmm.list{ where = function(g) return g.guest_name == "web-3" end }
                return tostring(web), tostring(two:without(web)), tostring(where), #web:union(web), #web:where{ name = "*-2" }
                """
            )
        #expect(values[0] == "web-1, web-2, web-3, web-4")
        #expect(values[1].text?.contains("db-1") == true)
        #expect(values.dropFirst(2) == ["web-3", 4, 1])
    }

    @Test(arguments: [
        ("vmm.list{ nam = 'x' }", "vmm.list: a filter has no 'nam'; it has name, except, status, tag, host and where"),
        (
            "vmm.list{ 'web-1' }",
            "vmm.list: a filter has no '1': write name=; it has name, except, status, tag, host and where"
        ),
        ("vmm.list{ name = 5 }", "vmm.list: the filter's name must be a string or an array of strings, not 5"),
        ("vmm.list('web-*')", "vmm.list: argument 1 (filter) must be a table, not \"web-*\""),
        ("vmm.get()", "vmm.get: argument 1 (ref) must be a guest, an id or a name, not nothing"),
        ("vmm.get({})", "vmm.get: argument 1 (ref) must be a guest, an id or a name, not a table"),
        ("vmm.get('web-1', { aditional = {} })", "vmm.get: there is no option 'aditional'"),
        (
            "vmm.get('web-1', { additional = { 'disk' } })",
            "vmm.get: additional may hold \"network\", \"storage\", \"snapshot\", not \"disk\""
        ),
        ("vmm.get('web-1', {}, 3)", "vmm.get: 3 is one argument too many"),
        ("vmm.power_off('web-1', { force = 1 })", "vmm.power_off: option force must be true or false, not 1"),
        ("vmm.set('web-1', {})", "vmm.set: nothing to set was given"),
        ("vmm.set('web-1', { vcpu_num = 0 })", "vmm.set: vcpu_num must be at least 1, not 0"),
        ("vmm.set('web-1', { vcpu_num = 1.5 })", "vmm.set: option vcpu_num must be a whole number, not 1.5"),
        (
            "async.sleep(-1)",
            "async.sleep: argument 1 (duration) must be seconds from 0 up or text like \"90s\", \"5m\", \"1h30m\", not -1"
        ),
        (
            "async.sleep('5 minutes')",
            "async.sleep: argument 1 (duration) must be seconds from 0 up or text like \"90s\", \"5m\", \"1h30m\", not \"5 minutes\""
        ),
        ("async.map({1}, { limit = 0 }, print)", "async.map: option limit must be at least 1, not 0"),
        ("async.spawn(5)", "async.spawn: argument 1 (fn) must be a function, not 5"),
    ])
    func `wrong use is refused with what came and what was expected`(_ call: String, _ message: String) async throws {
        let failure = try await TestHost(allow: ["vmm.*"]).failure("local x\n" + call)
        #expect(failure?.kind == .badArgument)
        #expect(failure?.message == message)
        #expect(failure?.position == LuaError.Position(chunk: "test.lua", line: 2))
    }

    @Test(arguments: ["tag = 'nightly'", "host = 'nas-1'"])
    func `a filter by what the dialect doesn't tell is refused, rather than taken to fit nobody`(
        filter: String
    ) async throws {
        let test = try TestHost()
        try test.manager.cluster.withCluster { cluster in
            let guests = cluster.guests.map { guest in
                var guest = guest
                guest.guest.description = nil
                return guest
            }
            cluster = Cluster(hosts: cluster.hosts, guests: guests, now: cluster.now)
        }
        let error = try await test.failure("vmm.list{ name = 'web-*', \(filter) }")
        #expect(error?.kind == .unsupported)
        #expect(error?.message.hasSuffix("is not known: this dialect doesn't tell it") == true)
    }

    @Test func `where may make no host call`() async throws {
        let failure = try await TestHost().failure("vmm.list{ where = function(g) return vmm.get(g) end }")
        #expect(failure?.message.contains("can't be made here") == true)
    }

    @Test func `a guest is found by table, id and name`() async throws {
        let values = try await TestHost()
            .run(
                """
                local g = vmm.get("web-2")
                return vmm.get(g).guest_id == g.guest_id, vmm.get(g.guest_id).guest_name, vmm.get("web-2", { additional = { "network" } }).network ~= nil
                """
            )
        #expect(values == [true, "web-2", true])
    }

    @Test func `an unknown guest is named, with near names`() async throws {
        let failure = try await TestHost().failure("vmm.get('wep-1')")
        #expect(failure?.kind == .notFound)
        #expect(failure?.message == "there is no guest \"wep-1\"")
        #expect(failure?.hint?.hasPrefix("did you mean web-1") == true)
        #expect(failure?.guest == "wep-1")
    }

    @Test func `a restart is a shutdown, a power on and two waits`() async throws {
        let test = try TestHost()
        let values = try await test.run(
            """
            local off = vmm.wait_task(vmm.shutdown("web-1"))
            local down = vmm.get("web-1").status
            local on = vmm.wait_task(vmm.power_on("web-1"))
            return off.status, off.changed, down, on.status, vmm.get("web-1").status, off.action, on.wanted_status
            """
        )
        #expect(values == ["completed", true, "stopped", "completed", "running", "shutdown", "running"])
    }

    @Test func `what is already so changes nothing and sends nothing`() async throws {
        let test = try TestHost()
        let values = try await test.run(
            """
            local t = vmm.wait_task(vmm.power_on("web-1"))
            return t.changed, t.status, t.task_id
            """
        )
        #expect(values == [false, "completed", .nil])
        #expect(try test.manager.cluster.withCluster { $0.taskIDs.isEmpty })
    }

    @Test func `settings are changed by their rules and read back`() async throws {
        let test = try TestHost(allow: ["vmm.set"])
        let refused = try await test.failure("vmm.set('web-1', { vram_size = 1024 })")
        #expect(refused?.kind == .wrongState)
        #expect(refused?.guest == "web-1" && refused?.message.contains("web-1") == true)
        let values = try await test.run(
            """
            local auto = vmm.set("web-1", { autorun = 0 })
            local same = vmm.set("web-1", { autorun = 0 })
            vmm.wait_task(vmm.shutdown("web-1"))
            local change = vmm.set("web-1", { vram_size = 1024, vcpu_num = 1 })
            return auto.after.autorun, same.changed, change.changed, change.before.vram_size > 0, change.after.vram_size, change.guest.vcpu_num
            """
        )
        #expect(values == [0, false, true, true, 1024, 1])
    }

    @Test func `a deleted guest is gone`() async throws {
        let test = try TestHost(allow: ["vmm.delete"])
        let values = try await test.run(
            """
            vmm.wait_task(vmm.shutdown("web-4"))
            local change = vmm.delete("web-4")
            local ok, e = pcall(vmm.get, "web-4")
            return change.changed, change.after, ok, e.kind
            """
        )
        #expect(values == [true, .nil, false, "not_found"])
    }

    @Test func `a failed task raises what the NAS says of it`() async throws {
        let test = try TestHost()
        try test.manager.cluster.withCluster { cluster throws(VMMError) in
            let guest = try cluster.guest(named: "web-1")
            try cluster.setBehaviour(Behaviour(bootFailure: "disk is missing"), of: guest.guest.id)
        }
        let failure = try await test.failure(
            "vmm.wait_task(vmm.shutdown('web-1'))\nvmm.wait_task(vmm.power_on('web-1'))"
        )
        #expect(failure?.kind == .taskFailed)
        #expect(failure?.message == "power on of web-1 failed: disk is missing")
        #expect(failure?.position?.line == 2)
    }

    @Test func `a wait ends with its timeout and says how it stands`() async throws {
        let test = try TestHost()
        try test.manager.cluster.withCluster { cluster throws(VMMError) in
            let guest = try cluster.guest(named: "web-1")
            try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: guest.guest.id)
        }
        let start = test.clock.now
        let failure = try await test.failure("vmm.wait_task(vmm.shutdown('web-1'), { timeout = '1m' })")
        #expect(failure?.kind == .timeout)
        #expect(failure?.message.hasPrefix("shutdown of web-1 was not done after 1m") == true)
        #expect(test.clock.now - start >= .seconds(60))
        #expect(test.clock.now - start < .seconds(61))
        let waited = try await test.failure("vmm.wait_status('web-2', 'stopped', { timeout = 5 })")
        #expect(waited?.message == "web-2 was not stopped after 5s: it is running")
    }

    @Test func `a wait by task id, tasks and their states`() async throws {
        let values = try await TestHost()
            .run(
                """
                local task = vmm.shutdown("web-1")
                local listed = vmm.tasks()
                local done = vmm.wait_task(task.task_id)
                return #listed, listed[1].task_id == task.task_id, listed[1].status, done.status
                """
            )
        #expect(values == [1, true, "running", "completed"])
        let unknown = try await TestHost().failure("vmm.wait_task('task_999')")
        #expect(unknown?.kind == .outcomeUnknown)
    }

    @Test func `the same power action asked twice is sent once`() async throws {
        let test = try TestHost()
        let values = try await test.run(
            """
            local tasks = async.map({ 1, 2, 3 }, { limit = 3 }, function() return vmm.shutdown("web-1") end)
            for i = 1, 3 do vmm.wait_task(tasks[i]) end
            local again = vmm.shutdown("web-1")
            local sent = 0
            for i = 1, 3 do if tasks[i].changed then sent = sent + 1 end end
            return tasks[1].task_id == tasks[2].task_id, sent, again.changed, #vmm.tasks()
            """
        )
        #expect(values == [true, 1, false, 1])
    }

    @Test func `names and patterns are compared in one normal form, scalar by scalar`() async throws {
        #expect(Glob("fw-*").matches("fw-\u{301}x"))
        #expect(Glob("caf?").matches("caf\u{e9}"))
        #expect(Glob("caf?").matches("cafe\u{301}"))
        #expect(Glob("caf\u{e9}").matches("cafe\u{301}"))
        #expect(Glob("cafe\u{301}*").matches("caf\u{e9}-1"))
        #expect(!Glob("cafe").matches("cafe\u{301}"))
        #expect(Glob(String(repeating: "*", count: 60) + "x").matches(String(repeating: "a", count: 60)) == false)
    }

    @Test func `a task listed can be waited for, and a denied guest isn't read`() async throws {
        let values = try await TestHost()
            .run(
                "vmm.shutdown('web-1'); local t = vmm.tasks()[1]; return t.guest_name, t.action, vmm.wait_task(t).status"
            )
        #expect(values == ["web-1", "shutdown", "completed"])
        let denied = try TestHost(deny: ["vmm.*:web-*"])
        #expect(try await denied.failure("vmm.get('web-1')")?.kind == .permissionDenied)
    }

    @Test func `a length, a time or a pattern out of all measure ends nothing`() async throws {
        let test = try TestHost()
        #expect(
            try await test.run(
                "return #async.map(setmetatable({}, { __len = function() return math.maxinteger end }), print)"
            ) == [0]
        )
        let huge = try await test.failure("async.sleep(('900000000000000s'):rep(2000) .. 'x')")
        #expect(huge?.kind == .badArgument)
        #expect(try await test.failure("os.date('%Q')")?.position?.chunk == "test.lua")
    }
}
