import VirtualMachines

/// Puts a question to a person and waits for the answer, as long as it is of interest.
struct ApprovalExecution: Sendable {
    let question: String
    /// How long the answer is waited for; nil for as long as it takes.
    let expires: Duration?
    /// Nil where there is nobody to ask.
    let approver: (any Approver)?
    let clock: any RunClock

    private enum Ending: Sendable {
        case answered(Approval)
        case expired
        case cancelled
    }

    /// Throws `bad_argument` where there is nobody to ask, `rejected`, `timeout` and `cancelled`.
    func perform() async throws(ScriptError) -> Answer {
        guard let approver else {
            throw ScriptError(
                .badArgument,
                "flow.approve: there is nobody to ask: \(question)",
                hint: "run the script at a terminal; an embedding program names an approver in ScriptHost.Configuration"
            )
        }
        switch await firstEnding(asking: approver) {
        case .answered(let approval):
            if approval.isGiven { return .approval(approval, at: clock.wallTime) }
            throw ScriptError(.rejected, "\(approval.by) said no to: \(question)")
        case .expired:
            throw ScriptError(.timeout, "nobody answered within \((expires ?? .zero).brief): \(question)")
        case .cancelled: throw ScriptError(.cancelled, "cancelled")
        }
    }

    private func firstEnding(asking approver: any Approver) async -> Ending {
        let deadline = expires.map { clock.now + $0 }
        return await withTaskGroup(of: Ending.self) { group in
            group.addTask { [self] in
                do {
                    return .answered(try await approver.approval(of: question, until: deadline))
                } catch {
                    return .cancelled
                }
            }
            if let deadline {
                group.addTask { [clock] in
                    do { try await clock.sleep(until: deadline) } catch { return .cancelled }
                    return .expired
                }
            }
            let ending = await group.next() ?? .cancelled
            group.cancelAll()
            return ending
        }
    }
}
