import LuaRuntime
import SimulatedVMM
import Synchronization
import VirtualMachines

@testable import VMMScripting

/// A host over a simulated cluster on a virtual clock: hours pass in no time.
struct TestHost {
    let clock = VirtualClock()
    let manager: SimulatedManager
    let events = EventLog()
    var configuration = ScriptHost.Configuration()

    init(guestCount: Int = 20, allow: [String] = [], deny: [String] = [], bindings: [Binding] = []) throws {
        manager = SimulatedManager(Cluster.standard(guestCount: guestCount, now: clock.now), clock: clock)
        let clock = clock
        configuration.clock = clock
        configuration.onIdle = { clock.advanceToNextDeadline() }
        configuration.reporters = [events]
        configuration.bindings = bindings
        configuration.policy = try PermissionPolicy(
            allow: allow.map { try PermissionRule($0) },
            deny: deny.map { try PermissionRule($0) }
        )
    }

    var host: ScriptHost { ScriptHost(manager: manager, configuration: configuration) }

    @discardableResult
    func run(_ source: String, _ arguments: String...) async throws -> [LuaValue] {
        try await host.run(source, named: "test.lua", arguments: arguments)
    }

    /// Runs a script that is expected to fail.
    func failure(_ source: String, _ arguments: String...) async throws -> ScriptError? {
        do {
            _ = try await host.run(source, named: "test.lua", arguments: arguments)
            return nil
        } catch {
            return error
        }
    }

    func status(_ name: String) throws -> GuestStatus {
        try manager.cluster.withCluster { cluster throws(VMMError) in try cluster.guest(named: name).guest.status }
    }
}

/// Keeps what a run reported.
final class EventLog: Reporter {
    private let events = Mutex<[RunEvent]>([])

    func report(_ event: RunEvent) {
        events.withLock { $0.append(event) }
    }

    var all: [RunEvent] { events.withLock { $0 } }

    var printed: String {
        all.reduce(into: "") { text, event in
            if case .printed(let bytes) = event { text += String(decoding: bytes, as: UTF8.self) }
        }
    }

    var logged: [LogEntry] {
        all.compactMap { if case .logged(let entry) = $0 { entry } else { nil } }
    }

    /// Operations that ended, as `name guest`.
    var ended: [String] {
        all.compactMap { event in
            guard case .ended(let report, _) = event else { return nil }
            return [report.name, report.guest].compactMap(\.self).joined(separator: " ")
        }
    }
}
