import Foundation
import Testing

import LuaRuntime

struct HostCallThreadTests {
    @Test func anAsyncHostCallStaysOnTheLuaThreadThroughConcurrentCode() async throws {
        let state = try LuaState()
        try await state.defineAsync("threads") { _ in
            let before = currentThread()
            let inside = await concurrently()
            return LuaEncoder([.boolean(before == inside), .boolean(before == currentThread())])
        }

        let same = try await state.run(Array("return threads()".utf8), name: "test")

        #expect(same == [true, true])
    }

    @Test func anAsyncHostCallComesBackToTheLuaThreadAfterItWaitedElsewhere() async throws {
        let state = try LuaState()
        try await state.define("mark") { call in call.return(currentThread()) }
        try await state.defineAsync("elsewhere") { _ in
            await Task.detached {}.value
            return LuaEncoder([currentThread()])
        }

        let threads = try await state.run(Array("return mark(), elsewhere(), mark()".utf8), name: "test")

        #expect(Set(threads).count == 1)
    }
}

private func currentThread() -> LuaValue { .string("\(ObjectIdentifier(Thread.current))") }

@concurrent private func concurrently() async -> LuaValue {
    await Task.yield()
    return currentThread()
}
