import LuaRuntime
import VirtualMachines

/// Waits for tasks and guests; each wait is one operation, however often the ``WaitingRoom`` asks.
///
/// A round that found nothing out is no news: the wait goes on until its timeout.
struct Waiter {
    let room: WaitingRoom
    let clock: any RunClock
    let timeout: Duration?
    /// How long a guest may lag behind a task that the NAS calls completed.
    let settle: Duration
    /// Throws for a guest that the script may not see.
    let authorize: (Guest) throws(ScriptError) -> Void
    let progress: OperationProgress

    // MARK: Guests

    /// Waits until the guest is in one of `statuses`.
    @inline(never)
    func waitForStatus(of id: GuestID, name: String, _ statuses: [GuestStatus]) async throws(ScriptError) -> Guest {
        let wanted = statuses.map(\.rawValue).joined(separator: " or ")
        let start = clock.now
        while true {
            switch try await news(since: start, guest: id, task: nil) {
            case .problem(let problem):
                try checkTime(since: start, problem) { "\(name) could not be read for \($0.brief)" }
            case .seen(nil, _): throw GuestResolver.gone(id, name)
            case .seen(let guest?, _):
                try authorize(guest)
                if statuses.contains(guest.status) || guest.status == .crashed && statuses.contains(.stopped) {
                    return guest
                }
                if guest.status == .crashed && statuses.contains(.running) { throw Self.crashed(guest) }
                try checkTime(since: start) {
                    "\(guest.name) was not \(wanted) after \($0.brief): it is \(guest.status.rawValue)"
                }
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
        var percent: Int?
        var wasUnderWay = false
        var undoneSince: Timestamp?
        while true {
            switch try await news(since: start, guest: task.guestID, task: task.id, wanted: task.wantedStatus) {
            case .problem(let problem):
                try checkTime(since: start, problem) { [task] in
                    "\(task.action.words) \(task.guestName) could not be followed for \($0.brief)"
                }
            case .seen(let guest, let taskNews):
                if case .report(let report) = taskNews {
                    do throws(VMMError) {
                        try report.check(isAbout: task.guestID, name: task.guestName)
                    } catch {
                        throw ScriptError(error)
                    }
                    try Self.throwIfEnded(report, task.action, of: task.guestName, seen: guest?.status)
                    if report.status == .completed { completion = completion ?? clock.now }
                    percent = report.progress
                    progress.progressed(percent)
                }
                guard let guest else { throw GuestResolver.gone(task.guestID, task.guestName) }
                try authorize(guest)
                task.guestName = guest.name
                if guest.status == task.wantedStatus { return task }
                if guest.status == .crashed && task.wantedStatus == .stopped { return task }
                if guest.status == .crashed { throw Self.crashed(guest) }
                // One answer that says otherwise may be an old one: it has to be said again some time later.
                if wasUnderWay, task.action.isUndone(in: guest.status) {
                    undoneSince = undoneSince ?? clock.now
                    if let undoneSince, clock.now - undoneSince >= Self.confirmation {
                        throw Self.turnedBack(task.action, guest)
                    }
                } else {
                    undoneSince = nil
                }
                wasUnderWay = wasUnderWay || guest.status == task.action.statusMeanwhile
                if let completion, clock.now - completion >= settle, !guest.status.isNoNews {
                    throw Self.contradiction(task, guest)
                }
                try checkTime(since: start, seen: guest.status) { [task, percent] in
                    "\(task.action.words) \(task.guestName) was not done after \($0.brief)"
                        + (percent.map { ", \($0) % done" } ?? "")
                }
            }
        }
    }

    private func waitForReport(_ id: TaskID) async throws(ScriptError) -> PowerTask {
        let start = clock.now
        let hint = "wait with the table that the power action returned, which names the guest"
        while true {
            switch try await news(since: start, guest: nil, task: id) {
            case .problem(let problem):
                try checkTime(since: start, problem) { "the task \(id) could not be read for \($0.brief)" }
            case .seen(_, .notAsked):
                try checkTime(since: start) { "the task \(id) could not be read for \($0.brief)" }
            case .seen(_, .forgotten):
                throw ScriptError(.outcomeUnknown, "the NAS doesn't know the task \(id)", hint: hint)
            case .seen(_, .report(let report)):
                guard let guest = report.guestID, let action = report.operation.flatMap(PowerAction.init(word:)) else {
                    throw ScriptError(
                        .unsupported,
                        "the NAS doesn't say which guest and action the task \(id) is about",
                        hint: hint
                    )
                }
                try Self.throwIfEnded(report, action, of: guest.rawValue, seen: nil)
                return try await waitForPower(
                    .init(id: id, guestID: guest, guestName: guest.rawValue, action: action, changed: true),
                    since: start
                )
            }
        }
    }

    // MARK: Ends

    private static func throwIfEnded(
        _ report: TaskReport,
        _ action: PowerAction,
        of guest: String,
        seen status: GuestStatus?
    ) throws(ScriptError) {
        let why = report.failure.map { ": \($0)" } ?? ""
        var failure: ScriptError
        switch report.status {
        case .running, .completed: return
        case .failed: failure = ScriptError(.taskFailed, "\(action.words) \(guest) failed\(why)", guest: guest)
        case .cancelled:
            failure = ScriptError(
                .taskCancelled,
                "\(action.words) \(guest) was cancelled on the NAS\(why)",
                guest: guest
            )
        }
        failure.seen = status
        throw failure
    }

    private static func crashed(_ guest: Guest) -> ScriptError {
        failure("\(guest.name) crashed", guest, hint: logHint)
    }

    /// The guest was under way, and is as it was before.
    private static func turnedBack(_ action: PowerAction, _ guest: Guest) -> ScriptError {
        let what =
            action == .powerOn
            ? "\(guest.name) stopped again while it was booting"
            : "\(guest.name) is \(guest.status.words) again: it did not stay down, or its shutdown was called off"
        return failure(what, guest, hint: logHint)
    }

    private static func contradiction(_ task: PowerTask, _ guest: Guest) -> ScriptError {
        let claim = "the NAS says that \(task.action.words) \(guest.name) is completed"
        // The guest may yet come to be as the NAS says: it is midway.
        return ScriptError(.taskFailed, "\(claim), but the guest is \(guest.status.rawValue)", guest: guest.name)
    }

    /// How long a guest has to show that a change of power has ended the other way.
    private static let confirmation = Duration.seconds(3)

    private static func failure(_ message: String, _ guest: Guest, hint: String? = nil) -> ScriptError {
        var failure = ScriptError(.taskFailed, message, hint: hint, guest: guest.name)
        failure.seen = guest.status
        return failure
    }

    private static let logHint = "see its log in Virtual Machine Manager"

    // MARK: News and time

    private func news(
        since start: Timestamp,
        guest: GuestID?,
        task: TaskID?,
        wanted: GuestStatus? = nil
    ) async throws(ScriptError) -> WaitingRoom.News {
        try await room.news(
            for: WaitingRoom.Interest(
                operation: progress.operation.id,
                guest: guest,
                task: task,
                wanted: wanted,
                start: start,
                deadline: timeout.map { start + $0 }
            )
        )
    }

    /// Throws `timeout` with what `message` makes of the time that was allowed, when that is over.
    private func checkTime(
        since start: Timestamp,
        _ problem: ScriptError? = nil,
        seen status: GuestStatus? = nil,
        _ message: (Duration) -> String
    ) throws(ScriptError) {
        guard let timeout, clock.now - start >= timeout else { return }
        let why = problem.map { ": \($0.message)" } ?? ""
        var failure = ScriptError(.timeout, message(timeout) + why, hint: problem?.hint, cause: problem?.cause)
        failure.seen = status
        throw failure
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

extension TaskReport {
    /// Throws `badAnswer` for a report on a task of another guest, which tells nothing of this one.
    func check(isAbout guest: GuestID, name: String) throws(VMMError) {
        guard let guestID, guestID != guest else { return }
        throw VMMError(
            .badAnswer,
            "the task \(id) of \(name) is said to be about another guest (\(guestID))",
            hint: "look at the guest in Virtual Machine Manager before you go on",
            guest: name
        )
    }
}
