import LuaRuntime
import VirtualMachines

/// Makes operations happen on the machines: resolves guests, asks the policy, reads before it writes, waits.
///
/// A write is never cut once it is on its way: cancelling its task doesn't reach it.
final class OperationExecutor: Sendable {
    /// What the executor tells while an operation goes on.
    struct Observer {
        /// The guest was read: its current name is known.
        var resolved: (Guest) -> Void
        /// Right before a write leaves; it isn't sent if this throws.
        var willWrite: (Guest) async throws(ScriptError) -> Void
        /// A wait learned how far the task is.
        var progressed: (Int?) -> Void
    }

    let manager: any VirtualMachineManager
    let clock: any RunClock
    let policy: any Policy
    private let executor: any TaskExecutor
    private let resolver: GuestResolver

    init(manager: any VirtualMachineManager, clock: any RunClock, policy: any Policy, executor: any TaskExecutor) {
        self.manager = manager
        self.clock = clock
        self.policy = policy
        self.executor = executor
        self.resolver = GuestResolver(manager: manager, executor: executor)
    }

    func execute(_ operation: Operation, _ observer: Observer) async throws(ScriptError) -> Answer {
        if let permission = operation.permission, !policy.allows(permission) {
            try policy.authorize(permission, guest: nil)
        }
        switch operation.action {
        case .list:
            return .guests(try await resolver.list().sorted { ($0.name, $0.id.rawValue) < ($1.name, $1.id.rawValue) })
        case .get(let reference, let additional):
            let (id, name) = try await resolver.identify(reference)
            let guest = try await resolver.guest(id, name: name, additional: additional)
            observer.resolved(guest)
            return .guest(guest)
        case .power(let action, let reference, let force):
            return .task(try await power(action, reference, force: force, operation, observer))
        case .set(let reference, let settings):
            return try await set(reference, settings, operation, observer)
        case .delete(let reference):
            return try await delete(reference, operation, observer)
        case .tasks: return .tasks(try await tasks())
        case .waitTask(let reference, let timeout):
            return .task(try await waiter(timeout, observer).waitForTask(reference))
        case .waitStatus(let reference, let statuses, let timeout):
            let (id, name) = try await resolver.identify(reference)
            return .guest(try await waiter(timeout, observer).waitForStatus(of: id, name: name, statuses))
        case .sleep(let duration):
            do { try await clock.sleep(for: duration) } catch { throw ScriptError(any: error) }
            return .nothing
        case .custom(let call):
            let invocation = Binding.CustomInvocation(arguments: call.checked, operation: operation.id)
            do { return .values(try await call.body(invocation)) } catch { throw ScriptError(any: error) }
        }
    }

    private func waiter(_ timeout: Duration?, _ observer: Observer) -> Waiter {
        Waiter(manager: manager, clock: clock, resolver: resolver, timeout: timeout, observer: observer)
    }

    // MARK: Writes

    private func power(
        _ action: PowerAction,
        _ reference: GuestReference,
        force: Bool,
        _ operation: Operation,
        _ observer: Observer
    ) async throws(ScriptError) -> PowerTask {
        let guest = try await prepare(reference, operation, observer)
        var task = PowerTask(
            id: nil,
            guestID: guest.id,
            guestName: guest.name,
            action: action,
            status: .completed,
            changed: false
        )
        switch PowerDecision(action, guest) {
        case .alreadySo: return task
        case .underWay:
            task.status = .running
            return task
        case .refused(let message): throw ScriptError(.wrongState, message, guest: guest.name)
        case .send: break
        }
        try await observer.willWrite(guest)
        task.id = try await write(guest) { [manager] () async throws(VMMError) in
            switch action {
            case .powerOn: try await manager.powerOn(guest.id)
            case .shutdown: try await manager.shutdown(guest.id)
            case .powerOff: try await manager.powerOff(guest.id, force: force)
            }
        }
        task.status = .running
        task.changed = true
        return task
    }

    private func set(
        _ reference: GuestReference,
        _ settings: GuestSettings,
        _ operation: Operation,
        _ observer: Observer
    ) async throws(ScriptError) -> Answer {
        let (id, name) = try await resolver.identify(reference)
        let before = try await resolver.listedGuest(id, name: name)
        try authorize(operation, before, observer)
        if settings.hold(in: before) { return .change(before: before, after: before, changed: false) }
        try await observer.willWrite(before)
        try await write(before) { [manager] () async throws(VMMError) in try await manager.set(id, settings) }
        let after = try await resolver.listedGuest(id, name: name)
        guard settings.hold(in: after) else {
            throw ScriptError(
                .badAnswer,
                "the NAS accepted the new settings of \(name), but it doesn't show them",
                hint: "look at the guest in Virtual Machine Manager before you go on",
                guest: name
            )
        }
        return .change(before: before, after: after, changed: true)
    }

    private func delete(
        _ reference: GuestReference,
        _ operation: Operation,
        _ observer: Observer
    ) async throws(ScriptError) -> Answer {
        let guest = try await prepare(reference, operation, observer)
        try await observer.willWrite(guest)
        try await write(guest) { [manager] () async throws(VMMError) in try await manager.delete(guest.id) }
        return .change(before: guest, after: nil, changed: true)
    }

    /// Which guest, how it stands now, and whether the script may.
    private func prepare(
        _ reference: GuestReference,
        _ operation: Operation,
        _ observer: Observer
    ) async throws(ScriptError) -> Guest {
        let (id, name) = try await resolver.identify(reference)
        let guest = try await resolver.guest(id, name: name)
        try authorize(operation, guest, observer)
        return guest
    }

    private func authorize(_ operation: Operation, _ guest: Guest, _ observer: Observer) throws(ScriptError) {
        observer.resolved(guest)
        if let permission = operation.permission { try policy.authorize(permission, guest: guest) }
    }

    /// Runs a write in a task of its own, which nobody cancels.
    private func write<Value: Sendable>(
        _ guest: Guest,
        _ body: @escaping @Sendable () async throws(VMMError) -> Value
    ) async throws(ScriptError) -> Value {
        let task = Task(executorPreference: executor) { () async -> Result<Value, VMMError> in
            do throws(VMMError) { return .success(try await body()) } catch { return .failure(error) }
        }
        switch await task.value {
        case .success(let value): return value
        case .failure(let error): throw ScriptError(error, about: guest.id, name: guest.name)
        }
    }

    // MARK: Reads

    private func tasks() async throws(ScriptError) -> [TaskReport] {
        var reports: [TaskReport] = []
        do throws(VMMError) {
            for id in try await manager.tasks() {
                do throws(VMMError) {
                    reports.append(try await manager.task(id))
                } catch {
                    // It was forgotten between the two questions.
                    guard error.code == .notFound else { throw error }
                }
            }
        } catch {
            throw ScriptError(error)
        }
        return reports
    }
}

/// Whether a power action is to be sent, decided from the guest as it was read right before.
enum PowerDecision: Equatable {
    /// The guest is as wanted; nothing is sent.
    case alreadySo
    /// The guest is on its way there; nothing is sent.
    case underWay
    /// It must not be sent.
    case refused(String)
    /// It is sent.
    case send

    init(_ action: PowerAction, _ guest: Guest) {
        switch (action, guest.status) {
        case (.powerOn, .running): self = .alreadySo
        case (.powerOn, .booting): self = .underWay
        case (.powerOn, .standby):
            self = .refused("\(guest.name) is the standby of a high-availability pair: it must not be powered on")
        case (.shutdown, .stopped), (.shutdown, .crashed), (.powerOff, .stopped), (.powerOff, .crashed):
            self = .alreadySo
        // Cutting the power of a guest that hangs while it shuts down is what power_off is for.
        case (.shutdown, .shuttingDown): self = .underWay
        default: self = .send
        }
    }
}
