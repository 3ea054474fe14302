import VMMScripting
import VirtualMachines

/// Tells a run's writes and waits in a line each: `02:00:28  web-1  stopped after 15s`.
struct ProgressText {
    private let timeOfDay: @Sendable (Timestamp) -> String
    /// The names' column; it grows with the names and never shrinks.
    private var width = 8
    /// Which action is under way on a guest, and since when.
    private var begun: [GuestID: (action: PowerAction, since: Timestamp)] = [:]

    init(timeOfDay: @escaping @Sendable (Timestamp) -> String = { $0.localTimeOfDay }) {
        self.timeOfDay = timeOfDay
    }

    /// The line for an event; nil where it isn't worth one.
    mutating func line(for event: RunEvent) -> String? {
        switch event {
        case .postponed(let report, let reason):
            return line(report.time, report.guest, "refused for now, asking again: \(reason.escapingControls)")
        case .answerLost(let report, _):
            return line(report.time, report.guest, "no answer; finding out what became of it …")
        case .ended(let report, let result) where report.operationClass != .read:
            return text(of: result, report).map { line(report.time, report.guest ?? Self.guest(in: result), $0) }
        // Those of one guest are told by what happens to it.
        case .stepBegan(let report) where report.guest == nil:
            return line(report.time, nil, "\(report.name.escapingControls) …")
        case .stepEnded(let report, let failure) where report.guest == nil:
            let ending = failure == nil ? "done" : "failed"
            return line(
                report.time,
                nil,
                "\(report.name.escapingControls) \(ending) after \((report.time - report.start).brief)"
            )
        default: return nil
        }
    }

    private mutating func line(_ time: Timestamp, _ guest: String?, _ text: String) -> String {
        let name = (guest ?? "").escapingControls
        width = max(width, name.columns)
        return "\(timeOfDay(time))  \(name.padded(toColumns: width))  \(text)"
    }

    private mutating func text(of result: Result<Answer, ScriptError>, _ report: OperationReport) -> String? {
        switch result {
        case .success(.task(let task)) where report.operationClass == .write:
            begun[task.guestID] = (task.action, report.time)
            return task.beginning
        case .success(.task(let task)):
            let start = begun.removeValue(forKey: task.guestID)?.since ?? report.start
            return task.changed ? "\(task.wantedStatus.words) after \((report.time - start).brief)" : nil
        case .success(.guest(let guest)):
            var start = report.start
            if let action = begun[guest.id], action.action.wantedStatus == guest.status {
                start = action.since
                begun[guest.id] = nil
            }
            return "\(guest.status.words) after \((report.time - start).brief)"
        case .success(.change(let before, let after, let changed)):
            guard let after else { return "deleted" }
            return changed ? "set " + before.differences(to: after).joined(separator: ", ") : "is already set so"
        case .success(.approval(let approval, _)): return "approved by \(approval.by.escapingControls)"
        case .success: return nil
        case .failure(let error) where error.kind == .cancelled:
            return report.operationClass == .wait && report.guest != nil ? "no longer waited for" : nil
        case .failure(let error): return "failed: \(error.message.escapingControls)"
        }
    }

    private static func guest(in result: Result<Answer, ScriptError>) -> String? {
        guard case .success(.task(let task)) = result else { return nil }
        return task.guestName
    }
}

extension PowerTask {
    /// What was begun, or why nothing was.
    fileprivate var beginning: String {
        guard changed else { return status == .running ? "already \(action.words)" : "already \(wantedStatus.words)" }
        return "\(action.words) …"
    }
}
