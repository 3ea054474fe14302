import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import VMMScripting

/// Writes whose answers get lost.
@Suite struct LostAnswerTests {
    private let clock = VirtualClock()
    private let manager: LossyManager
    private let host: ScriptHost

    init() throws {
        let clock = clock
        manager = LossyManager(SimulatedManager(Cluster.standard(now: clock.now), clock: clock))
        var configuration = ScriptHost.Configuration()
        configuration.clock = clock
        configuration.onIdle = { clock.advanceToNextDeadline() }
        configuration.policy = PermissionPolicy(allow: [try PermissionRule("vmm.*")])
        host = ScriptHost(manager: manager, configuration: configuration)
    }

    private func run(_ source: String) async -> ScriptError? {
        do { try await host.run(source, named: "test.lua") } catch { return error }
        return nil
    }

    private static let writes = [
        "vmm.wait_task(vmm.shutdown('web-1'))", "vmm.wait_task(vmm.power_on('backup'))",
        "vmm.wait_task(vmm.power_off('web-1', { force = true }))", "vmm.set('backup', { vram_size = 512 })",
        "vmm.delete('backup')",
    ]

    @Test(arguments: writes)
    func `a write that took effect is not sent again when its answer is lost`(_ source: String) async {
        manager.losses.withLock { $0 = [.afterEffect] }
        #expect(await run("local r = \(source) assert(r.changed)") == nil)
        #expect(manager.writeCount.withLock(\.self) == 1)
    }

    @Test(arguments: writes)
    func `a write that never arrived is sent again, once it can't take effect any more`(_ source: String) async {
        manager.losses.withLock { $0 = [.beforeEffect, .beforeEffect] }
        let start = clock.now
        #expect(await run("local r = \(source) assert(r.changed)") == nil)
        #expect(manager.writeCount.withLock(\.self) == 3)
        #expect(clock.now - start >= .seconds(20))
    }

    @Test func `a write is given up, with what was seen last, when it is lost again and again`() async throws {
        manager.losses.withLock { $0 = Array(repeating: .beforeEffect, count: 1_000) }
        let error = try #require(await run("vmm.shutdown('web-1')"))
        #expect(manager.writeCount.withLock(\.self) == Reconciler.maximumTries)
        #expect(error.kind == .outcomeUnknown)
        #expect(error.guest == "web-1")
        #expect(error.message == "whether shutdown of web-1 took effect is not known: it was last seen running")
    }

    @Test(arguments: writes)
    func `a write that the NAS may still be at work on is not sent again`(_ source: String) async {
        manager.losses.withLock { $0 = [.late] }
        #expect(await run(source)?.kind == .outcomeUnknown)
        #expect(manager.writeCount.withLock(\.self) == 1)
    }

    @Test func `whoever watches is told that an answer is missing, before it is known what became of the write`() async
    {
        let events = Mutex<[String]>([])
        var configuration = host.configuration
        configuration.reporters = [
            Watcher { event in
                switch event {
                case .answerLost(let report, let reason):
                    events.withLock { $0.append("\(report.guest ?? ""): \(reason)") }
                case .ended(let report, _): events.withLock { $0.append(report.name) }
                default: break
                }
            }
        ]
        manager.losses.withLock { $0 = [.afterEffect] }
        _ = try? await ScriptHost(manager: manager, configuration: configuration)
            .run("vmm.shutdown('web-1')", named: "test.lua")
        #expect(events.withLock(\.self) == ["web-1: reset", "vmm.shutdown"])
    }

    @Test func `a guest that came up and crashed before anybody looked is not started again`() async throws {
        try manager.manager.cluster.withCluster { (cluster) throws(VMMError) in
            let crashing = Behaviour(bootDuration: .milliseconds(1), crashesAfterBoot: .milliseconds(1))
            try cluster.setBehaviour(crashing, of: try cluster.guest(named: "backup").guest.id)
        }
        manager.losses.withLock { $0 = [.afterEffect] }
        manager.unreadable.withLock { $0 = 2 }
        let error = await run("vmm.power_on('backup')")
        #expect(error == nil || error?.kind == .outcomeUnknown)
        #expect(manager.writeCount.withLock(\.self) == 1)
    }

    @Test func `the deletion of the last guest is known by what the NAS says of it`() async throws {
        let cluster = Cluster(
            hosts: [SimulatedHost(name: "nas", vcpuCapacity: 4, memoryCapacityMB: 4_096)],
            guests: [
                SimulatedGuest(Guest(id: "g", name: "last", status: .stopped, vcpuCount: 1, memoryMB: 512), host: 0)
            ],
            now: clock.now
        )
        let manager = LossyManager(SimulatedManager(cluster, clock: clock))
        manager.losses.withLock { $0 = [.afterEffect] }
        var configuration = host.configuration
        configuration.limits.time = .seconds(300)
        try await ScriptHost(manager: manager, configuration: configuration)
            .run("assert(vmm.delete('last').changed)", named: "test.lua")
        #expect(manager.writeCount.withLock(\.self) == 1)
    }

    @Test func `a script can tell a lost write from one that was refused`() async {
        manager.losses.withLock { $0 = Array(repeating: .beforeEffect, count: 1_000) }
        let source =
            "local ok, e = pcall(vmm.power_on, 'backup') assert(not ok and e.kind == 'outcome_unknown', e.kind)"
        #expect(await run(source) == nil)
    }

    @Test func `a NAS that can't be read meanwhile is asked until it can be`() async {
        manager.losses.withLock { $0 = [.afterEffect] }
        manager.unreadable.withLock { $0 = 30 }
        #expect(await run("assert(vmm.shutdown('web-1').changed)") == nil)
        #expect(manager.writeCount.withLock(\.self) == 1)
    }
}

private struct Watcher: Reporter {
    let body: @Sendable (RunEvent) -> Void

    func report(_ event: RunEvent) { body(event) }
}

/// A manager that loses answers to writes.
private final class LossyManager: WrappedManager {
    enum Loss { case beforeEffect, afterEffect, late }

    let losses = Mutex<[Loss]>([])
    /// How many reads fail after a loss.
    let unreadable = Mutex(0)
    let writeCount = Mutex(0)
    let manager: SimulatedManager

    init(_ manager: SimulatedManager) {
        self.manager = manager
    }

    private func write<Value>(_ body: () async throws(VMMError) -> Value) async throws(VMMError) -> Value {
        writeCount.withLock { $0 += 1 }
        let loss = losses.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if loss == .beforeEffect { throw VMMError(.outcomeUnknown, "reset") }
        if loss == .late { throw VMMError(.outcomeUnknown, "no answer in time", mayBeUnderWay: true) }
        let value = try await body()
        if loss == .afterEffect { throw VMMError(.outcomeUnknown, "reset") }
        return value
    }

    private func read<Value>(_ body: () async throws(VMMError) -> Value) async throws(VMMError) -> Value {
        let fails =
            writeCount.withLock(\.self) > 0
            && unreadable.withLock { count in
                count -= 1
                return count >= 0
            }
        guard !fails else { throw VMMError(.unreachable, "down") }
        return try await body()
    }

    func guests() async throws(VMMError) -> [Guest] {
        try await read { () async throws(VMMError) in try await manager.guests() }
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try await read { () async throws(VMMError) in try await manager.guest(id, additional: additional) }
    }

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport {
        try await read { () async throws(VMMError) in try await manager.task(id) }
    }

    func tasks() async throws(VMMError) -> [TaskID] {
        try await read { () async throws(VMMError) in try await manager.tasks() }
    }

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try await write { () async throws(VMMError) in try await manager.powerOn(id) }
    }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try await write { () async throws(VMMError) in try await manager.shutdown(id) }
    }

    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try await write { () async throws(VMMError) in try await manager.powerOff(id, force: force) }
    }

    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try await write { () async throws(VMMError) in try await manager.set(id, settings) }
    }

    func delete(_ id: GuestID) async throws(VMMError) {
        try await write { () async throws(VMMError) in try await manager.delete(id) }
    }
}
