import LuaRuntime
import Testing

@testable import VMMScripting

/// What `vmm.set` refuses of itself.
@Suite struct SettingTests {
    @Test func `memory and CPUs of a guest that is up are refused before anything is sent`() async throws {
        let test = try TestHost(allow: ["vmm.set"])
        let failure = try await test.failure("vmm.set('web-1', { vram_size = 8192, vcpu_num = 3 })")
        #expect(failure?.kind == .wrongState)
        #expect(failure?.message == "web-1 is running: vcpu_num and vram_size can be changed only when it is stopped")
        #expect(failure?.hint?.contains("flow.stop(\"web-1\")") == true)
        #expect(failure?.guest == "web-1")
        // What is so already, and what may be changed at any time, is no reason.
        try await test.run(
            "local g = vmm.get('web-1') vmm.set(g, { vram_size = g.vram_size }) vmm.set(g, { autorun = 0 })"
        )
        try await test.run("flow.stop('web-1') vmm.set('web-1', { vram_size = 8192 })")
    }
}
