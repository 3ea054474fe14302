import LuaRuntime
import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting

@Suite struct SharedReadTests {
    @Test(arguments: [
        ("vmm.list()", 1, 0), ("vmm.get('web-1')", 1, 1), ("vmm.get({ guest_id = ID })", 0, 1),
        ("vmm.list() vmm.get('web-1') vmm.list()", 3, 1),
    ])
    func `what many tasks ask at the same time is one request`(_ calls: String, _ lists: Int, _ gets: Int) async throws
    {
        let test = try TestHost()
        let manager = WatchedManager(manager: test.manager)
        let values = try await run(
            """
            local done = 0
            for i = 1, 1000 do async.spawn(function() \(calls) done = done + 1 end) end
            async.sleep(1)
            return done
            """,
            test,
            manager
        )
        #expect(values == [1000])
        #expect(manager.seen.lists == lists)
        #expect(manager.seen.gets.count == gets)
    }

    @Test func `a task alone asks at once, each time anew`() async throws {
        let test = try TestHost()
        let manager = WatchedManager(manager: test.manager)
        _ = try await run("for i = 1, 5 do vmm.list() end", test, manager)
        #expect(manager.seen.lists == 5)
    }

    @Test func `a list that is asked for after a write is none that was asked for before it`() async throws {
        let test = try TestHost(allow: ["vmm.set"])
        let manager = WatchedManager(manager: test.manager, holdsFirstList: true)
        let values = try await run(
            """
            local function description(list)
              for _, g in ipairs(list) do
                if g.guest_id == ID then return g.description end
              end
            end
            local early = async.spawn(function() return description(vmm.list()) end)
            local late = async.spawn(function()
              async.sleep(1)
              vmm.set({ guest_id = ID }, { description = "new" })
              return description(vmm.list())
            end)
            return early:await() ~= "new", late:await()
            """,
            test,
            manager
        )
        #expect(values == [true, "new"])
    }

    @Test func `a read leaves also where other tasks never pause`() async throws {
        let test = try TestHost()
        let values = try await test.run(
            """
            local count = 0
            local read = async.spawn(function() return #vmm.list() end)
            local busy = async.spawn(function() while read.status == "running" do async.sleep(0) count = count + 1 end end)
            busy:await()
            return read:await(), count < 100
            """
        )
        #expect(values == [20, true])
    }

    @Test func `no more than 64 requests are under way, and the others are made in order`() async throws {
        let test = try TestHost(guestCount: 300)
        let manager = WatchedManager(manager: test.manager)
        _ = try await run(
            "local all = vmm.list() async.map(all, { limit = 300 }, function(g) vmm.get(g) end)",
            test,
            manager
        )
        let order = try await test.manager.guests().sorted(by: Guest.byNameThenID).map(\.id)
        #expect(manager.seen.gets == order)
        #expect(manager.seen.most == 64)
    }

    @Test func `a failure is all tasks', and a task that is cancelled leaves the request to the others`() async throws {
        let test = try TestHost()
        let manager = WatchedManager(manager: test.manager)
        let values = try await run(
            """
            local kinds = {}
            for i = 1, 3 do
              async.spawn(function() local _, e = pcall(vmm.get, { guest_id = "gone" }) kinds[i] = e.kind end)
            end
            local handles = {}
            for i = 1, 3 do handles[i] = async.spawn(vmm.list) end
            async.spawn(function() handles[1]:cancel() end)
            async.sleep(1)
            return table.concat(kinds, " "), handles[1].status, #handles[2]:await(), #handles[3]:await()
            """,
            test,
            manager
        )
        #expect(values == ["not_found not_found not_found", "cancelled", 20, 20])
        #expect(manager.seen.lists == 1)
    }

    // MARK: Ends

    @Test func `a run that is ended waits for no read, but for a write on its way`() async throws {
        let test = try TestHost()
        let manager = WatchedManager(manager: test.manager, holdsFirstList: true, holdsShutdown: true)
        var configuration = test.configuration
        configuration.reporters = [test.events]
        let id = try await guestID(test)
        let run = try await ScriptHost(manager: manager, configuration: configuration)
            .start("async.spawn(vmm.list) vmm.shutdown({ guest_id = '\(id)' })", named: "end.lua")
        while !manager.isShuttingDown { await Task.yield() }
        run.kill()
        manager.letShutdownReturn()
        await #expect(throws: ScriptError.self) { try await run.result() }
        #expect(test.events.ended == ["vmm.shutdown web-1"])
        #expect(run.guestsMidway.map(\.name) == ["web-1"])
    }

    @Test(arguments: [
        "for i = 1, 19000 do async.spawn(vmm.list) end async.sleep(60)",
        "for i = 1, 19000 do async.spawn(vmm.get, 'web-1') end async.sleep(60)",
        "for i = 1, 19000 do async.spawn(async.sleep, 60) end",
        "for i = 1, 19000 do async.spawn(vmm.wait_status, 'web-1', 'stopped') end",
        "for i = 1, 19000 do async.spawn(vmm.shutdown, 'web-1') end",
        "local s = async.semaphore(1) for i = 1, 19000 do async.spawn(s.with, s, function() async.sleep(1) end) end",
    ])
    func `what tasks hold in the host counts as the script's memory`(_ source: String) async throws {
        var test = try TestHost()
        test.configuration.limits.memory = 12 << 20
        #expect(try await test.failure(source)?.limit == .memory)
    }

    @Test func `thousands of tasks that ask for a list fit in the memory that they are allowed`() async throws {
        let test = try TestHost()
        let values = try await test.run(
            "local n = 0 for i = 1, 5000 do async.spawn(function() local list = vmm.list() n = n + #list end) end async.sleep(60) return n"
        )
        #expect(values == [100_000])
    }

    // MARK: Events and names

    @Test(arguments: [
        "while true do flow.step(('n'):rep(1000), function() end) end",
        "while true do pcall(flow.step, 'n', function() error(('x'):rep(1e6), 0) end) end",
    ])
    func `steps count as output`(_ source: String) async throws {
        var test = try TestHost()
        test.configuration.limits.output = 100_000
        #expect(try await test.failure(source)?.limit == .output)
    }

    @Test func `of events that nobody reads the last are kept, and the first one tells how many are missing`()
        async throws
    {
        var test = try TestHost()
        test.configuration.limits.output = nil
        let run = try await test.host.start(
            "local line = ('x'):rep(100000) for i = 1, 500 do print(i, line) end",
            named: "flood.lua"
        )
        _ = try await run.result()
        var events: [RunEvent] = []
        for await event in run.events { events.append(event) }
        guard case .logged(let entry)? = events.first, case .printed(let last)? = events.last else {
            Issue.record("\(events.count) events")
            return
        }
        #expect(entry.message.hasPrefix("\(500 - events.count + 1) events of the run are missing"))
        #expect(events.count < 200)
        #expect(String(decoding: last.prefix(4), as: UTF8.self) == "500\t")
    }

    @Test func `a reader who keeps up gets all events in order`() async throws {
        let test = try TestHost()
        let run = try await test.host.start("for i = 1, 100 do print(i) async.sleep(1) end", named: "read.lua")
        var printed = ""
        for await event in run.events {
            if case .printed(let bytes) = event { printed += String(decoding: bytes, as: UTF8.self) }
        }
        #expect(printed == (1...100).map { "\($0)\n" }.joined())
    }

    @Test func `an error of megabytes keeps no handler from being called, and is quoted in part`() async throws {
        let test = try TestHost()
        let failure = try await test.failure(
            """
            flow.step("s", function()
              flow.defer(function() print("called") end)
              flow.defer(function() error(("ä"):rep(1000000), 0) end)
              error("own", 0)
            end)
            """
        )
        #expect(failure?.message == "own")
        #expect(test.events.printed == "called\n")
        #expect(test.events.logged.first?.fields.first?.value.text?.hasSuffix("ä… (2000000 bytes)") == true)
    }

    // MARK: Cancellations that are caught

    @Test func `what a closed task holds is given back, and a timeout comes back in time`() async throws {
        let test = try TestHost()
        try await test.run(
            """
            local s = async.semaphore(1)
            local ok, e = pcall(async.timeout, "2s", function()
              while true do
                pcall(flow.step, "again", function()
                  flow.defer(function(problem) print("deferred", problem.kind) async.sleep("1s") end)
                  flow.lock("name", function() s:with(function() async.map({ 1 }, function() async.sleep("1h") end) end) end)
                end)
              end
            end)
            print(e.kind, os.clock())
            print(s:with(function() return flow.lock("name", function() return "free" end) end))
            """
        )
        let deferred = String(repeating: "deferred\tcancelled\n", count: 3)
        #expect(test.events.printed == deferred + "timeout\t5.0\nfree\n")
    }

    private func run(_ source: String, _ test: TestHost, _ manager: WatchedManager) async throws -> [LuaValue] {
        let source = source.replacing("ID", with: "'\(try await guestID(test))'")
        return try await ScriptHost(manager: manager, configuration: test.configuration).run(source, named: "test.lua")
    }

    private func guestID(_ test: TestHost) async throws -> GuestID {
        try #require(try await test.manager.guests().first { $0.name == "web-1" }).id
    }
}

/// Notes what it is asked, and answers some of it only when it is told to.
private final class WatchedManager: WrappedManager {
    struct Seen {
        var lists = 0
        var gets: [GuestID] = []
        var underWay = 0
        var most = 0
    }

    private struct Held {
        var isOpen = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    let manager: SimulatedManager
    private let holdsFirstList: Bool
    private let holdsShutdown: Bool
    private let state = Mutex(Seen())
    private let list = Mutex(Held())
    private let shutdown = Mutex(Held())

    init(manager: SimulatedManager, holdsFirstList: Bool = false, holdsShutdown: Bool = false) {
        self.manager = manager
        self.holdsFirstList = holdsFirstList
        self.holdsShutdown = holdsShutdown
    }

    var seen: Seen { state.withLock(\.self) }

    func guests() async throws(VMMError) -> [Guest] {
        let number = state.withLock { seen in
            seen.lists += 1
            return seen.lists
        }
        let guests = try await manager.guests()
        if holdsFirstList, number == 1 { await Self.pass(list) }
        return guests
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        state.withLock { seen in
            seen.gets.append(id)
            seen.underWay += 1
            seen.most = max(seen.most, seen.underWay)
        }
        defer { state.withLock { $0.underWay -= 1 } }
        for _ in 0..<20 { await Task.yield() }
        return try await manager.guest(id, additional: additional)
    }

    /// The first list was asked for before the change, and comes after it.
    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try await manager.set(id, settings)
        Self.open(list)
    }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        let answer = try await manager.shutdown(id)
        if holdsShutdown { await Self.pass(shutdown) }
        return answer
    }

    var isShuttingDown: Bool { shutdown.withLock { $0.waiting != nil } }

    func letShutdownReturn() { Self.open(shutdown) }

    private static func pass(_ held: borrowing Mutex<Held>) async {
        await withCheckedContinuation { continuation in
            let isOpen = held.withLock { held in
                if !held.isOpen { held.waiting = continuation }
                return held.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    private static func open(_ held: borrowing Mutex<Held>) {
        let waiting = held.withLock { held in
            held.isOpen = true
            defer { held.waiting = nil }
            return held.waiting
        }
        waiting?.resume()
    }
}
