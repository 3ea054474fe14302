import Testing
import VirtualMachines

@testable import VMMScripting

/// `flow.lock`: one at a time, however the one that has it ends.
@Suite struct LockTests {
    private var test: TestHost

    init() throws {
        test = try TestHost()
    }

    private func outcome(of source: String, operations: Int = 1000) async throws -> String {
        var host = test
        host.configuration.limits.operations = operations
        do {
            return try await host.host.run(source, named: "t.lua").map(\.brief).joined(separator: " ")
        } catch {
            return "\(error.kind.rawValue): \(error.message)"
        }
    }

    @Test func `what fn returns is returned, and the lock is free again, also after an error`() async throws {
        let source = """
            local two = select(2, flow.lock("a", function() return 1, 2 end))
            local ok, problem = pcall(flow.lock, "a", function() error("no", 0) end)
            return two, problem, flow.lock("a", function() return "free" end)
            """
        #expect(try await outcome(of: source) == #"2 "no" "free""#)
    }

    @Test func `a lock that somebody has is refused at once, with who has it`() async throws {
        let source = """
            return flow.lock("a", function()
              local ok, problem = pcall(flow.lock, "a", function() end)
              return problem.kind, problem.message, (flow.lock("b", function() return true end))
            end)
            """
        #expect(try await outcome(of: source) == #""locked" "the lock 'a' is held by t.lua" true"#)
    }

    @Test func `it is waited for as long as the script says`() async throws {
        let source = """
            local holder = async.spawn(function() flow.lock("a", function() async.sleep("30s") end) end)
            async.sleep(1)
            local ok, problem = pcall(flow.lock, "a", { wait = "10s" }, function() end)
            local start = os.time()
            flow.lock("a", { wait = "1m" }, function() end)
            return problem.message:match("held by (.*)"), os.time() - start
            """
        #expect(try await outcome(of: source) == #""t.lua and was not given back within 10s" 19"#)
    }

    @Test func `a task that is cancelled while it waits, or has it, doesn't keep it`() async throws {
        let source = """
            local function hold() flow.lock("a", { wait = math.huge }, function() async.sleep("1h") end) end
            local first, second = async.spawn(hold), async.spawn(hold)
            async.sleep(1)
            second:cancel() first:cancel()
            pcall(first.await, first) pcall(second.await, second)
            return flow.lock("a", function() return "free" end)
            """
        #expect(try await outcome(of: source) == #""free""#)
    }

    @Test func `a run that is killed gives its locks back`() async throws {
        let endless = #"flow.lock("a", function() while true do async.sleep(1) end end)"#
        let killed = try await outcome(of: endless, operations: 2)
        #expect(killed.hasPrefix("limit_exceeded"))
        #expect(try await outcome(of: #"return flow.lock("a", function() return "free" end)"#) == #""free""#)
    }
}
