import LuaRuntime
import SimulatedVMM
import Testing
import VirtualMachines

@testable import VMMScripting

/// Guests of which a NAS doesn't tell everything.
@Suite struct OddGuestTests {
    /// Describes a guest of the cluster in another way.
    private struct Odd: WrappedManager {
        let manager: SimulatedManager
        let change: @Sendable (inout Guest) -> Void

        func guests() async throws(VMMError) -> [Guest] {
            try await manager.guests()
                .map { guest in
                    var guest = guest
                    if guest.name == "backup" { change(&guest) }
                    return guest
                }
        }

        func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
            guard let guest = try await guests().first(where: { $0.id == id }) else {
                throw VMMError(.notFound, "there is no such guest")
            }
            return guest
        }
    }

    private func host(_ change: @escaping @Sendable (inout Guest) -> Void) throws -> ScriptHost {
        let host = try TestHost(allow: ["vmm.*"])
        return ScriptHost(manager: Odd(manager: host.manager, change: change), configuration: host.configuration)
    }

    @Test func `a size that can't be read is nil, and the other guests keep theirs`() async throws {
        let host = try host { guest in (guest.vcpuCount, guest.memoryMB) = (nil, nil) }
        let values = try await host.run(
            """
            local odd = vmm.get('backup')
            return odd.vcpu_num, odd.vram_size, odd.status, vmm.get('web-1').vcpu_num, #vmm.list()
            """,
            named: "test.lua"
        )
        #expect(values == [.nil, .nil, .string("stopped"), .integer(2), .integer(20)])
    }

    @Test func `a setting that can't be read back is not taken for set`() async throws {
        let host = try host { $0.vcpuCount = nil }
        let problem = await #expect(throws: ScriptError.self) {
            try await host.run("vmm.set('backup', {vcpu_num = 4})", named: "test.lua")
        }
        #expect(problem?.kind == .outcomeUnknown)
    }

    @Test(arguments: ["power_on(g)", "power_off(g, {force = true})", "delete(g)", "set(g, {vcpu_num = 4})"])
    func `a guest whose name can't be read is seen, and not changed`(_ call: String) async throws {
        let host = try host { guest in
            guest.name = guest.id.rawValue
            guest.isNameKnown = false
        }
        let find =
            "local g for _, guest in ipairs(vmm.list()) do if guest.guest_name == guest.guest_id then g = guest end end"
        let problem = await #expect(throws: ScriptError.self) {
            try await host.run("\(find) assert(vmm.get(g).status == 'stopped') vmm.\(call)", named: "test.lua")
        }
        #expect(problem?.kind == .badAnswer)
        #expect(problem?.message.contains("doesn't tell the name") == true)
    }
}
