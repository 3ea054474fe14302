import LuaRuntime
import VirtualMachines

/// Waits for tasks and guests by asking, ever less often: each wait is one operation, however often it asks.
struct Waiter {
    let manager: any VirtualMachineManager
    let clock: any RunClock
    let resolver: GuestResolver
    let timeout: Duration?
    let observer: OperationExecutor.Observer

    /// How long a guest may lag behind a task that the NAS calls completed.
    static let settle = Duration.seconds(10)

    /// The pause before the next question: 5 % of the wait's age, between 100 ms and 5 s.
    static func pause(atAge age: Duration) -> Duration {
        min(max(age / 20, .milliseconds(100)), .seconds(5))
    }

    // MARK: Guests

    /// Waits until the guest is in one of `statuses`.
    func waitForStatus(of id: GuestID, name: String, _ statuses: [GuestStatus]) async throws(ScriptError) -> Guest {
        let start = clock.now
        while true {
            let guest = try await resolver.guest(id, name: name)
            if statuses.contains(guest.status) || guest.status == .crashed && statuses.contains(.stopped) {
                return guest
            }
            if guest.status == .crashed && statuses.contains(.running) { throw Self.crashed(guest) }
            let wanted = statuses.map(\.rawValue).joined(separator: " or ")
            try await pause(since: start) {
                "\(guest.name) was not \(wanted) after \($0.brief): it is \(guest.status.rawValue)"
            }
        }
    }

    // MARK: Tasks

    /// Waits until the task is done and its guest is as the task wanted it.
    func waitForTask(_ reference: TaskReference) async throws(ScriptError) -> PowerTask {
        switch reference {
        case .task(let task): try await waitForPower(task)
        case .id(let id): try await waitForReport(id)
        }
    }

    private func waitForPower(_ reference: TaskReference.PowerTaskReference) async throws(ScriptError) -> PowerTask {
        var task = PowerTask(
            id: reference.id,
            guestID: reference.guestID,
            guestName: reference.guestName,
            action: reference.action,
            status: .completed,
            progress: 100,
            changed: reference.changed
        )
        if reference.isCompleted && !reference.changed { return task }
        let start = clock.now
        var completion: Timestamp?
        while true {
            let report = try await report(task.id)
            if let report { try Self.throwIfEnded(report, task) }
            if report?.status == .completed { completion = completion ?? clock.now }
            observer.progressed(report?.progress)
            if report?.status != .running {
                let guest = try await resolver.guest(task.guestID, name: task.guestName)
                task.guestName = guest.name
                if guest.status == task.wantedStatus { return task }
                if guest.status == .crashed {
                    if task.wantedStatus == .stopped { return task }
                    throw Self.crashed(guest)
                }
                if let completion, clock.now - completion >= Self.settle, !guest.status.isNoNews {
                    throw ScriptError(
                        .taskFailed,
                        "the NAS says that \(task.action.words) \(guest.name) is completed, but the guest is \(guest.status.rawValue)",
                        guest: guest.name
                    )
                }
            }
            let progress = report?.progress.map { ", \($0) % done" } ?? ""
            try await pause(since: start) { [task] in
                "\(task.action.words) \(task.guestName) was not done after \($0.brief)\(progress)"
            }
        }
    }

    private func waitForReport(_ id: TaskID) async throws(ScriptError) -> PowerTask {
        let start = clock.now
        while true {
            guard let report = try await report(id) else {
                throw ScriptError(
                    .outcomeUnknown,
                    "the NAS doesn't know the task \(id)",
                    hint: "wait with the table that the power action returned, which names the guest"
                )
            }
            let guest = report.guestID?.rawValue ?? id.rawValue
            var task = PowerTask(
                id: id,
                guestID: GuestID(rawValue: guest),
                guestName: guest,
                action: report.operation.flatMap(PowerAction.init(word:)) ?? .shutdown,
                status: report.status,
                progress: report.progress,
                changed: true
            )
            try Self.throwIfEnded(report, task)
            observer.progressed(report.progress)
            if report.status == .completed {
                // The NAS names the action, so that the guest can be asked as well.
                guard report.guestID != nil, report.operation.flatMap(PowerAction.init(word:)) != nil else {
                    return task
                }
                task.status = .completed
                return try await waitForPower(
                    .init(
                        id: id,
                        guestID: task.guestID,
                        guestName: task.guestName,
                        action: task.action,
                        changed: true,
                        isCompleted: true
                    )
                )
            }
            try await pause(since: start) { "the task \(id) was not done after \($0.brief)" }
        }
    }

    private func report(_ id: TaskID?) async throws(ScriptError) -> TaskReport? {
        guard let id else { return nil }
        do {
            return try await manager.task(id)
        } catch {
            // A NAS forgets tasks, at the latest when it restarts: the guest tells then.
            guard error.code == .notFound else { throw ScriptError(error) }
            return nil
        }
    }

    private static func throwIfEnded(_ report: TaskReport, _ task: PowerTask) throws(ScriptError) {
        let why = report.failure.map { ": \($0)" } ?? ""
        switch report.status {
        case .running, .completed: return
        case .failed:
            throw ScriptError(.taskFailed, "\(task.action.words) \(task.guestName) failed\(why)", guest: task.guestName)
        case .cancelled:
            throw ScriptError(
                .taskCancelled,
                "\(task.action.words) \(task.guestName) was cancelled on the NAS\(why)",
                guest: task.guestName
            )
        }
    }

    private static func crashed(_ guest: Guest) -> ScriptError {
        ScriptError(
            .wrongState,
            "\(guest.name) crashed",
            hint: "see its log in Virtual Machine Manager",
            guest: guest.name
        )
    }

    // MARK: Pauses

    /// Sleeps until the next question.
    ///
    /// Throws `timeout` with what `message` makes of the time that was allowed.
    private func pause(since start: Timestamp, _ message: (Duration) -> String) async throws(ScriptError) {
        let age = clock.now - start
        if let timeout, age >= timeout { throw ScriptError(.timeout, message(timeout)) }
        var pause = Self.pause(atAge: age)
        if let timeout { pause = min(pause, timeout - age) }
        do { try await clock.sleep(for: pause) } catch { throw ScriptError(any: error) }
    }
}

extension PowerAction {
    /// The action as one says it of a guest: "power on", "shutdown of".
    var words: String {
        switch self {
        case .powerOn: "power on of"
        case .shutdown: "shutdown of"
        case .powerOff: "power off of"
        }
    }

    /// The action for a task's operation, in the NAS's word.
    init?(word: String) {
        switch word.lowercased().filter(\.isLetter) {
        case "poweron": self = .powerOn
        case "shutdown": self = .shutdown
        case "poweroff": self = .powerOff
        default: return nil
        }
    }
}
