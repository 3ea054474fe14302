import Foundation
import LuaRuntime
import Synchronization
import Testing

@Suite struct LimitTests {
    @Test(arguments: [LuaInterrupt.standard, .hook])
    func `CPU time ends a script that computes for ever, and tells where it was`(_ interrupt: LuaInterrupt) async throws
    {
        let state = try limited(interrupt) { $0.cpuTime = .milliseconds(50) }
        let error = await failure(of: "local n = 0\nwhile true do\n  n = n + 1\nend", in: state)
        #expect(error?.code == .limitExceeded)
        #expect(error?.limit == .cpuTime)
        #expect(error?.position.map { (2...3).contains($0.line) } == true)
    }

    @Test func `CPU time counts anew for each script of a state`() async throws {
        let state = try limited { $0.cpuTime = .milliseconds(300) }
        for _ in 0..<2 {
            #expect(await failure(of: "while true do end", in: state)?.limit == .cpuTime)
            await state.revive()
            #expect(await failure(of: "for i = 1, 1000 do end", in: state) == nil)
        }
    }

    @Test(arguments: [LuaInterrupt.standard, .hook])
    func `waiting costs no CPU time`(_ interrupt: LuaInterrupt) async throws {
        let state = try limited(interrupt) { $0.cpuTime = .milliseconds(200) }
        try await state.defineAsync("sleep") { _ in
            try await Task.detached { try await Task.sleep(for: .milliseconds(400)) }.value
            return LuaEncoder()
        }
        #expect(await failure(of: "sleep()", in: state) == nil)
    }

    @Test(arguments: [
        "pcall(function() while true do end end) return 'survived'",
        "while true do pcall(error) end",
        "xpcall(function() while true do end end, function() while true do end end) return 'survived'",
        "local c = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) while true do c() end",
        "local t <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
        "setmetatable(_G, {__index = function() while true do end end}) return x",
        "return ('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30))",
        "return load('x = a' .. (' and a'):rep(150000))",
        "return table.concat(setmetatable({}, {__len = function() return 1 << 53 end, __index = function() return '' end}))",
        "table.sort(setmetatable({}, {__len = function() return 1 << 30 end, __index = rawlen}))",
    ])
    func `nothing that a script does outlives its CPU time`(_ source: String) async throws {
        let state = try limited {
            $0.cpuTime = .milliseconds(50)
            $0.memory = 64 << 20
        }
        #expect(await failure(of: source, in: state)?.limit == .cpuTime)
    }

    @Test(arguments: [
        "local t = {} while true do t[#t + 1] = ('x'):rep(100) .. #t end",
        "local s = 'x' while true do s = s .. s end",
        "pcall(string.rep, 'x', 1 << 30) return 'survived'",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local s = ('x'):rep(1 << 20) return table.concat({s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s})",
        "return string.pack('c1000000000', 'x')",
    ])
    func `memory ends a script that hoards it`(_ source: String) async throws {
        let state = try limited { $0.memory = 16 << 20 }
        #expect(await failure(of: source, in: state)?.limit == .memory)
    }

    @Test(arguments: [
        "for i = 1, 20000 do tasks.spawn(0, 0, forever) end",
        "local keep = {} for i = 1, 20000 do keep[i] = tasks.spawn(0, 0, function() end) end",
        "for i = 1, 1000 do tasks.spawn(0, 0, forever, ('x'):rep(10000)) end",
        "for i = 1, 1000 do tasks.spawn(0, 0, answer) end",
    ])
    func `what the host holds for tasks and their calls counts as memory`(_ source: String) async throws {
        let state = try limited { $0.memory = 8 << 20 }
        try await state.defineTestFunctions()
        try await state.defineAsync("answer") { _ in LuaEncoder([.string(String(repeating: "x", count: 20_000))]) }
        #expect(
            await failure(of: "\(source) later() local a = {} for i = 1, 1e6 do a = { a } end", in: state)?.limit
                == .memory
        )
        await state.revive()
        #expect(
            await failure(of: "for i = 1, 5000 do local t = tasks.spawn(0, 0, later) t:await() end", in: state) == nil
        )
    }

    @Test func `a script that is ended doesn't wait for calls that never come back`() async throws {
        let state = try limited { _ in }
        let gate = Gate()
        try await state.defineAsync("never") { _ in
            await gate.pass()
            return LuaEncoder()
        }
        try await state.define("kill") { _ in state.kill() }
        let source = "for i = 1, 10 do tasks.spawn(0, 0, never) end tasks.spawn(0, 0, kill) never()"
        try await state.runTrusted(Array("script_globals.tasks = tasks".utf8), chunkName: "[t]")
        #expect(await failure(of: source, in: state)?.code == .killed)
        await state.revive()
        gate.open()
        #expect(await failure(of: "never() never()", in: state) == nil)
    }

    @Test func `garbage doesn't count as memory`() async throws {
        let state = try limited { $0.memory = 8 << 20 }
        #expect(await failure(of: "for i = 1, 200 do local s = ('x'):rep(1 << 20) .. i end", in: state) == nil)
    }

    @Test func `the host's own functions and tables are not the script's memory`() async throws {
        let state = try limited { $0.memory = 1 << 20 }
        try await state.runTrusted(Array("script_globals.big = ('x'):rep(8 << 20)".utf8), chunkName: "[t]")
        #expect(await failure(of: "return #big", in: state) == nil)
    }

    @Test func `source has a limit, for load as well`() async throws {
        let state = try limited { $0.source = 1000 }
        #expect(await failure(of: String(repeating: " ", count: 1001), in: state)?.limit == .source)
        await state.revive()
        #expect(await failure(of: "pcall(load, (' '):rep(1001)) return 1", in: state)?.limit == .source)
    }

    @Test(arguments: [
        "local o = {} setmetatable(o, {__call = o}) o()",
        "return load('do ' .. ('goto a '):rep(32000) .. '::a:: end')",
        "local t = {} for i = 1, 1 << 20 do t[i * ((1 << 16) - 1) * ((1 << 17) - 1)] = true end",
    ])
    func `what no hook reaches is torn out of Lua, and its state runs nothing any more`(_ source: String) async throws {
        let state = try limited { $0.cpuTime = .milliseconds(20) }
        #expect(await failure(of: source, in: state)?.limit == .cpuTime)
        guard await state.isLost else { return }  // a fast machine may do it in time
        await state.revive()
        #expect(await failure(of: "return 1", in: state)?.message.contains("lost") == true)
    }

    @Test func `coroutines have a limit; those that are garbage don't count`() async throws {
        let state = try limited { $0.coroutines = 100 }
        let garbage = "for i = 1, 1000 do coroutine.wrap(function() end)() end"
        #expect(await failure(of: garbage, in: state) == nil)
        let hoard = "local t = {} for i = 1, 1000 do t[i] = coroutine.create(error) end"
        #expect(await failure(of: hoard, in: state)?.limit == .coroutines)
    }

    @Test func `asynchronous host calls have a limit for each script`() async throws {
        let state = try limited { $0.hostCalls = 5 }
        try await state.defineAsync("call") { _ in LuaEncoder() }
        for _ in 0..<2 { #expect(await failure(of: "for i = 1, 5 do call() end", in: state) == nil) }
        let error = await failure(of: "for i = 1, 5 do call() end\npcall(call)\nreturn 'survived'", in: state)
        #expect(error?.limit == .hostCalls)
        #expect(error?.position?.line == 2)
    }

    @Test func `a limit that the host counts ends a script too`() async throws {
        let state = try limited { _ in }
        try await state.define("flood") { [weak state] _ in state?.exceed(.output) }
        let error = await failure(of: "flood()\nwhile true do end", in: state)
        #expect(error?.limit == .output)
    }

    @Test func `a signal that is not for a script reaches whoever handled it before`() async throws {
        let number = SIGUSR2
        signal(number) { _ in signalCount.withLock { $0 += 1 } }
        let state = try limited(.signal(number)) { $0.cpuTime = .milliseconds(50) }
        #expect(await failure(of: "while true do end", in: state)?.limit == .cpuTime)
        #expect(signalCount.withLock(\.self) == 0)
        raiseHere(number)
        #expect(signalCount.withLock(\.self) == 1)
    }

    @Test func `a handler that was put over the runtime's and calls it keeps those from before in the chain`()
        async throws
    {
        let number = SIGUSR1
        signal(number) { _ in chain.withLock { $0.earliest += 1 } }
        let state = try limited(.signal(number)) { $0.cpuTime = .milliseconds(50) }
        _ = await failure(of: "return 1", in: state)
        var action = sigaction()
        var before = sigaction()
        action.sa_flags = SA_SIGINFO
        unsafe action.__sigaction_handler.sa_sigaction = { number, info, machine in
            chain.withLock { $0.later += 1 }
            let next = unsafe chain.withLock { unsafe $0.calledByLater }
            unsafe next?(number, info, machine)
        }
        unsafe sigaction(number, &action, &before)
        let ours = unsafe before.__sigaction_handler.sa_sigaction
        chain.withLock { unsafe $0.calledByLater = ours }
        for run in 1...2 {
            #expect(await failure(of: "while true do end", in: state)?.limit == .cpuTime)
            raiseHere(number)
            #expect(chain.withLock { $0.earliest } == run)
            #expect(chain.withLock { $0.later } == run)
        }
    }

    @Test func `a stack that can't be had is an error`() throws {
        var configuration = LuaState.Configuration()
        configuration.stackSize = 1 << 50
        let error = #expect(throws: LuaError.self) { try LuaState(configuration) }
        #expect(error?.message.contains("no thread for Lua with a stack of 1073741824 MiB") == true)
    }
}

/// Threads of a pool block signals.
private func raiseHere(_ number: Int32) {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, number)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    raise(number)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
}

private let signalCount = Mutex(0)

@safe
private struct Chain {
    var earliest = 0
    var later = 0
    var calledByLater: (@convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void)?
}

private let chain = Mutex(Chain())

private func limited(
    _ interrupt: LuaInterrupt = .standard,
    _ set: (inout LuaLimits) -> Void
) throws -> LuaState {
    var configuration = LuaState.Configuration()
    configuration.interrupt = interrupt
    set(&configuration.limits)
    return try LuaState(configuration)
}

private func failure(of source: String, in state: LuaState) async -> LuaError? {
    do throws(LuaError) {
        _ = try await state.run(Array(source.utf8), name: "test.lua")
        return nil
    } catch {
        return error
    }
}
