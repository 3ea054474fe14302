import LuaRuntime
import VirtualMachines

/// Waits for tasks and guests by asking, ever less often: each wait is one operation, however often it asks.
///
/// A question whose answer is lost is no news: the wait goes on until its timeout.
struct Waiter {
    let manager: any VirtualMachineManager
    let clock: any RunClock
    let resolver: GuestResolver
    let timeout: Duration?
    /// Throws for a guest that the script may not see.
    let authorize: (Guest) throws(ScriptError) -> Void
    let progress: OperationProgress

    /// How long a guest may lag behind a task that the NAS calls completed.
    static let settle = Duration.seconds(10)

    /// The pause before the next question: 5 % of the wait's age, between 100 ms and 5 s.
    static func pause(atAge age: Duration) -> Duration {
        min(max(age / 20, .milliseconds(100)), .seconds(5))
    }

    // MARK: Guests

    /// Waits until the guest is in one of `statuses`.
    @inline(never)
    func waitForStatus(of id: GuestID, name: String, _ statuses: [GuestStatus]) async throws(ScriptError) -> Guest {
        let wanted = statuses.map(\.rawValue).joined(separator: " or ")
        let start = clock.now
        while true {
            let asked = try await ask { () async throws(ScriptError) in try await resolver.guest(id, name: name) }
            guard case .answer(let guest) = asked else {
                try await pause(since: start, asked.problem) { "\(name) could not be read for \($0.brief)" }
                continue
            }
            try authorize(guest)
            if statuses.contains(guest.status) || guest.status == .crashed && statuses.contains(.stopped) {
                return guest
            }
            if guest.status == .crashed && statuses.contains(.running) { throw Self.crashed(guest) }
            try await pause(since: start) {
                "\(guest.name) was not \(wanted) after \($0.brief): it is \(guest.status.rawValue)"
            }
        }
    }

    // MARK: Tasks

    /// Waits until the task is done and its guest was seen as the task wanted it.
    @inline(never)
    func waitForTask(_ reference: TaskReference) async throws(ScriptError) -> PowerTask {
        switch reference {
        case .task(let task): try await waitForPower(task, since: clock.now)
        case .id(let id): try await waitForReport(id)
        }
    }

    @inline(never)
    private func waitForPower(
        _ reference: TaskReference.PowerTaskReference,
        since start: Timestamp
    ) async throws(ScriptError) -> PowerTask {
        var task = PowerTask(
            id: reference.id,
            guestID: reference.guestID,
            guestName: reference.guestName,
            action: reference.action,
            status: .completed,
            progress: 100,
            changed: reference.changed
        )
        var completion: Timestamp?
        while true {
            let asked = try await ask { [task] () async throws(ScriptError) in try await look(at: task) }
            guard case .answer(let state) = asked else {
                try await pause(since: start, asked.problem) { [task] in
                    "\(task.action.words) \(task.guestName) could not be followed for \($0.brief)"
                }
                continue
            }
            if state.report?.status == .completed { completion = completion ?? clock.now }
            progress.progressed(state.report?.progress)
            if let guest = state.guest {
                try authorize(guest)
                task.guestName = guest.name
                if guest.status == task.wantedStatus { return task }
                if guest.status == .crashed && task.wantedStatus == .stopped { return task }
                if guest.status == .crashed { throw Self.crashed(guest) }
                if let completion, clock.now - completion >= Self.settle, !guest.status.isNoNews {
                    throw Self.contradiction(task, guest)
                }
            }
            let done = state.report?.progress.map { ", \($0) % done" } ?? ""
            try await pause(since: start) { [task] in
                "\(task.action.words) \(task.guestName) was not done after \($0.brief)\(done)"
            }
        }
    }

    /// What the NAS says of the task, and of its guest where the task no longer runs.
    private func look(
        at task: PowerTask
    ) async throws(ScriptError) -> (report: TaskReport?, guest: Guest?) {
        let report = try await report(task.id)
        if let report { try Self.throwIfEnded(report, task) }
        if report?.status == .running { return (report, nil) }
        return (report, try await resolver.guest(task.guestID, name: task.guestName))
    }

    private func waitForReport(_ id: TaskID) async throws(ScriptError) -> PowerTask {
        let start = clock.now
        while true {
            let asked = try await ask { () async throws(ScriptError) in try await report(id) }
            guard case .answer(let answer) = asked else {
                try await pause(since: start, asked.problem) { "the task \(id) could not be read for \($0.brief)" }
                continue
            }
            let hint = "wait with the table that the power action returned, which names the guest"
            guard let report = answer else {
                throw ScriptError(.outcomeUnknown, "the NAS doesn't know the task \(id)", hint: hint)
            }
            guard let guest = report.guestID, let action = report.operation.flatMap(PowerAction.init(word:)) else {
                throw ScriptError(
                    .unsupported,
                    "the NAS doesn't say which guest and action the task \(id) is about",
                    hint: hint
                )
            }
            return try await waitForPower(
                .init(id: id, guestID: guest, guestName: guest.rawValue, action: action, changed: true),
                since: start
            )
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

    // MARK: Ends

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
        let hint = "see its log in Virtual Machine Manager"
        return ScriptError(.taskFailed, "\(guest.name) crashed", hint: hint, guest: guest.name)
    }

    private static func contradiction(_ task: PowerTask, _ guest: Guest) -> ScriptError {
        let claim = "the NAS says that \(task.action.words) \(guest.name) is completed"
        return ScriptError(.taskFailed, "\(claim), but the guest is \(guest.status.rawValue)", guest: guest.name)
    }

    // MARK: Questions and pauses

    private enum Asked<Value> {
        case answer(Value)
        case lost(ScriptError)

        var problem: ScriptError? {
            guard case .lost(let error) = self else { return nil }
            return error
        }
    }

    /// Asks; an answer that got lost is told from one that says no, which is thrown.
    private func ask<Value>(_ question: () async throws(ScriptError) -> Value) async throws(ScriptError) -> Asked<Value>
    {
        do {
            return .answer(try await question())
        } catch {
            guard [.unreachable, .busy, .badAnswer].contains(error.kind) else { throw error }
            return .lost(error)
        }
    }

    /// Sleeps until the next question.
    ///
    /// Throws `timeout` with what `message` makes of the time that was allowed.
    private func pause(
        since start: Timestamp,
        _ problem: ScriptError? = nil,
        _ message: (Duration) -> String
    ) async throws(ScriptError) {
        let age = clock.now - start
        if let timeout, age >= timeout {
            let why = problem.map { ": \($0.message)" } ?? ""
            throw ScriptError(.timeout, message(timeout) + why, hint: problem?.hint, cause: problem?.cause)
        }
        var pause = Self.pause(atAge: age)
        if problem != nil { pause = max(pause, .seconds(1)) }
        if let timeout { pause = min(pause, timeout - age) }
        do { try await clock.sleep(for: pause) } catch { throw ScriptError(any: error) }
    }
}

extension PowerAction {
    /// The action as one says it of a guest: "power on of", "shutdown of".
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
