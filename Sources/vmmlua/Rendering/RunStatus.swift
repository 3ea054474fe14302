import VMMScripting
import VirtualMachines

/// What is under way in a run, and what came of it so far: the sum of its events.
struct RunStatus: Sendable {
    /// When the run began.
    let start: Timestamp
    /// The guests that are being worked on, by name.
    private(set) var guests: [String: GuestWork] = [:]
    /// The open steps that are of no single guest, in the order in which they were begun.
    private(set) var steps: [StepReport] = []
    /// The open operations that work on no single guest, such as a pause, a probe, or a read.
    private(set) var others: [OperationID: OperationReport] = [:]
    /// How many operations have failed; of reads, the script itself tells.
    private(set) var failureCount = 0
    private var changed: Set<String> = []
    /// The guest that each open operation stands at.
    private var places: [OperationID: String] = [:]
    private var begunCount = 0

    init(start: Timestamp) {
        self.start = start
    }

    /// How many guests were changed, and are no longer worked on.
    var changedCount: Int { changed.lazy.filter { guests[$0] == nil }.count }

    /// Takes note of an event.
    mutating func note(_ event: RunEvent) {
        if event.isFailure { failureCount += 1 }
        switch event {
        case .printed, .logged: break
        case .stepBegan(let report):
            guard let guest = report.guest else { return steps.append(report) }
            update(guest) { $0.steps.append(report) }
        case .stepEnded(let report, _):
            guard let guest = report.guest else { return steps.removeAll { $0.id == report.id } }
            update(guest) { $0.steps.removeAll { $0.id == report.id } }
        case .began(let report): place(report)
        case .progressed(let report, let percent):
            update(report) { $0.percent = percent }
        case .postponed(let report, _):
            update(report) { $0.isPostponed = true }
        case .answerLost(let report, _):
            update(report) { $0.isAnswerLost = true }
        case .ended(let report, let result):
            note(result, of: report)
            remove(report.id)
        }
    }

    // MARK: Answers

    private mutating func note(_ result: Result<Answer, ScriptError>, of report: OperationReport) {
        switch result {
        case .success(.task(let task)) where report.operationClass == .write && task.status == .running:
            if task.changed { update(task.guestName) { $0.power = (task, report.time) } }
        case .success(.task(let task)):
            settle([task.guestID: task.wantedStatus])
            if task.changed { changed.insert(task.guestName) }
        case .success(.guest(let guest)): settle([guest.id: guest.status])
        case .success(.guests(let guests)): settle(Dictionary(guests.map { ($0.id, $0.status) }) { $1 })
        case .success(.statuses(let statuses)): settle(statuses)
        case .success(.change(let before, let after, let isChange)):
            if isChange { changed.insert(after?.name ?? before.name) }
        // Nobody waits for it any longer.
        case .failure where report.operationClass == .wait:
            if let guest = places[report.id] { update(guest) { $0.power = nil } }
        case .success, .failure: break
        }
    }

    /// Guests were seen: what was asked of the power of one is done if it is as it was wanted.
    private mutating func settle(_ statuses: [GuestID: GuestStatus]) {
        for (name, work) in guests {
            guard let task = work.power?.task, statuses[task.guestID] == task.wantedStatus else { continue }
            update(name) { $0.power = nil }
            changed.insert(name)
        }
    }

    // MARK: Places

    private mutating func place(_ report: OperationReport) {
        guard report.operationClass != .read, let guest = report.guest else {
            others[report.id] = report
            return
        }
        places[report.id] = guest
        update(guest) { $0.operations.append(GuestWork.OpenOperation(report: report)) }
    }

    private mutating func remove(_ id: OperationID) {
        others[id] = nil
        guard let guest = places.removeValue(forKey: id) else { return }
        update(guest) { work in work.operations.removeAll { $0.report.id == id } }
    }

    private mutating func update(_ report: OperationReport, _ change: (inout GuestWork.OpenOperation) -> Void) {
        // What has ended is not begun again by news that come late.
        guard let place = places[report.id], let guest = report.guest else { return }
        // One that was named by its id goes by its name as soon as that is known; a row that is there keeps its name.
        if place != guest, guests[place]?.power == nil {
            remove(report.id)
            self.place(report)
        }
        update(guest) { work in
            guard let index = work.operations.firstIndex(where: { $0.report.id == report.id }) else { return }
            change(&work.operations[index])
        }
    }

    private mutating func update(_ guest: String, _ change: (inout GuestWork) -> Void) {
        var work = guests[guest] ?? GuestWork(number: begunCount + 1)
        change(&work)
        guests[guest] = work.isOver ? nil : work
        begunCount = max(begunCount, work.number)
    }
}

extension RunEvent {
    /// Whether a write or a wait failed by itself.
    var isFailure: Bool {
        guard case .ended(let report, .failure(let error)) = self else { return false }
        return report.operationClass != .read && error.kind != .cancelled
    }
}
