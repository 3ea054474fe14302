import Foundation
import LuaRuntime
import Testing

@Suite struct HostCallThreadTests {
    @Test func `an async host call stays on the Lua thread, through code that any executor may run`() async throws {
        let threads = try await runLua("return threads()") { state in
            try await state.defineAsync("threads") { _ in
                LuaEncoder([currentThread(), await threadOfConcurrentCode(), currentThread()])
            }
        }
        #expect(Set(threads).count == 1)
    }

    @Test func `an async host call that waited elsewhere goes on on the Lua thread`() async throws {
        let threads = try await runLua("return synchronous(), asynchronous()") { state in
            try await state.define("synchronous") { call in call.return(currentThread()) }
            try await state.defineAsync("asynchronous") { _ in
                await Task.detached {}.value
                return LuaEncoder([currentThread()])
            }
        }
        #expect(Set(threads).count == 1)
    }
}

private func currentThread() -> LuaValue { .string("\(ObjectIdentifier(Thread.current))") }

@concurrent private func threadOfConcurrentCode() async -> LuaValue {
    await Task.yield()
    return currentThread()
}
