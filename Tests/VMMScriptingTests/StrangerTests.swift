import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting

/// Answers about another guest than the one that a script named: nothing is done to either.
@Suite struct StrangerTests {
    /// Answers every `get` with another guest, and counts the writes that it is asked for.
    private final class Confused: WrappedManager {
        let manager: SimulatedManager
        let writes = Mutex<[GuestID]>([])

        init(_ manager: SimulatedManager) { self.manager = manager }

        func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
            guard let other = try await manager.guests().first(where: { $0.name == "backup" }) else {
                throw VMMError(.notFound, "no backup")
            }
            return other
        }

        func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer { note(id) }
        func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer { note(id) }
        func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer { note(id) }
        func delete(_ id: GuestID) async throws(VMMError) { _ = note(id) }

        private func note(_ id: GuestID) -> PowerAnswer {
            writes.withLock { $0.append(id) }
            return PowerAnswer()
        }
    }

    @Test(arguments: [
        "delete('web-1')", "power_on('web-1')", "shutdown('web-1')", "power_off('web-1', {force = true})",
    ])
    func `a get that answers with another guest is a bad answer, and nothing is sent`(_ call: String) async throws {
        let host = try TestHost(allow: ["vmm.*"])
        let confused = Confused(host.manager)
        let script = ScriptHost(manager: confused, configuration: host.configuration)
        let problem = await #expect(throws: ScriptError.self) { try await script.run("vmm.\(call)", named: "test.lua") }
        #expect(problem?.kind == .badAnswer)
        #expect(problem?.message.contains("web-1") == true && problem?.message.contains("backup") == true)
        #expect(confused.writes.withLock(\.self).isEmpty)
        let read = await #expect(throws: ScriptError.self) {
            try await script.run("vmm.get('web-1')", named: "test.lua")
        }
        #expect(read?.kind == .badAnswer)
    }

    /// Answers questions about the guests that are asked for with all of them, in another order.
    private struct Generous: WrappedManager {
        let manager: SimulatedManager

        func guests(_ selection: GuestSelection) async throws(VMMError) -> [Guest] {
            try await manager.guests().reversed()
        }
    }

    @Test func `what is set is compared with the guest that was meant, whoever else is answered`() async throws {
        let host = try TestHost(allow: ["vmm.*"])
        let script = ScriptHost(manager: Generous(manager: host.manager), configuration: host.configuration)
        try await script.run(
            "assert(vmm.set('backup', {vcpu_num = 3}).after.guest_name == 'backup')",
            named: "test.lua"
        )
        try await script.run("assert(vmm.wait_status('backup', 'stopped').guest_name == 'backup')", named: "test.lua")
    }

    /// Says of every task that it is about another guest, or that it is another task.
    private struct Mistaken: WrappedManager {
        let manager: SimulatedManager
        let change: @Sendable (inout TaskReport) -> Void

        func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
            var report = try await manager.task(id)
            change(&report)
            return report
        }
    }

    @Test(arguments: [false, true])
    func `a task that is said to be about another guest, or to be another task, proves nothing`(
        _ isOtherTask: Bool
    ) async throws {
        let host = try TestHost(allow: ["vmm.*"])
        let mistaken = Mistaken(manager: host.manager) { report in
            if isOtherTask { report.id = "other" } else { report.guestID = "other" }
            report.status = .completed
        }
        let script = ScriptHost(manager: mistaken, configuration: host.configuration)
        let source = "local task = vmm.shutdown('web-1') vmm.wait_task(task, {timeout = '5m'})"
        do {
            try await script.run(source, named: "test.lua")
            // The guest itself was seen stopped, whatever is said of the task.
            #expect(try host.status("web-1") == .stopped)
        } catch let error as ScriptError {
            #expect([.badAnswer, .timeout].contains(error.kind), "\(error)")
        }
        let again = "vmm.power_on('backup') vmm.power_on('backup')"
        let problem = await #expect(throws: ScriptError.self) { try await script.run(again, named: "test.lua") }
        #expect(problem?.kind == .badAnswer)
    }
}
