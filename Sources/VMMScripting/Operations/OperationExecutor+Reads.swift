import VirtualMachines

/// What tasks may ask for at the same time, so that one answer is for all.
enum SharedQuestion: Hashable, Sendable {
    case list
    case selection(String)
    case statuses(GuestSelection)
    case guest(GuestID, name: String, Set<GuestDetail>)
    case tasks
    case inventory(Inventory)
}

extension OperationExecutor {
    /// The answer that all get who ask before the request leaves.
    @inline(never)
    func answer(to question: SharedQuestion) async throws(ScriptError) -> Answer {
        try await shared.answer(to: question) { [self] () async throws(ScriptError) in try await ask(question) }
    }

    @inline(never)
    private func ask(_ question: SharedQuestion) async throws(ScriptError) -> Answer {
        switch question {
        case .list: .guests(try await list())
        case .selection(let text): .guests(try await select(text))
        case .statuses(let selection): .statuses(try await statuses(of: selection))
        case .guest(let id, let name, let additional):
            .guest(try await asItStands(try await resolver.guest(id, name: name, additional: additional)))
        case .tasks: try await tasksOfVisibleGuests()
        case .inventory(let kind): try await inventory(kind)
        }
    }

    private func list() async throws(ScriptError) -> [Guest] {
        Self.sorted(try await resolver.guests(.all).filter(maySee))
    }

    private func select(_ text: String) async throws(ScriptError) -> [Guest] {
        let policy = policy
        return Self.sorted(
            try await resolver.select(text) { (guest) throws(ScriptError) in
                try policy.authorize("vmm.read", for: .guest(guest))
            }
        )
    }

    private static func sorted(_ guests: [Guest]) -> [Guest] {
        // Places are moved about more cheaply than guests.
        guests.indices.sorted { Guest.byNameThenID(guests[$0], guests[$1]) }.map { guests[$0] }
    }

    private func statuses(of selection: GuestSelection) async throws(ScriptError) -> [GuestID: GuestStatus] {
        let guests = try await resolver.guests(selection).filter(maySee)
        var statuses = Dictionary(guests.map { ($0.id, $0.status) }) { first, _ in first }
        // The documented dialect has no words for a guest on its way: the task by which this run sent it there tells.
        for (guest, action) in openActions {
            let shown = statuses[guest] ?? .running
            if shown == action.wantedStatus {
                forgetOpenTask(of: guest)
            } else if let status = try await statusOnItsWay(guest, shownAs: shown) {
                statuses[guest] = status
            }
        }
        return statuses
    }

    @inline(never)
    func get(
        _ reference: GuestReference,
        _ additional: Set<GuestDetail>,
        _ progress: OperationProgress
    ) async throws(ScriptError) -> Answer {
        let (id, name) = try await resolver.identify(reference)
        let answer = try await answer(to: .guest(id, name: name, additional))
        if case .guest(let guest) = answer { try authorize(guest, progress) }
        return answer
    }

    /// A guest with its status as it is: one that this run has sent on its way shows as it was, where the dialect has no words for
    /// that.
    func asItStands(_ guest: Guest) async throws(ScriptError) -> Guest {
        guard let status = try await statusOnItsWay(guest.id, shownAs: guest.status, name: guest.name) else {
            return guest
        }
        var guest = guest
        guest.status = status
        return guest
    }

    /// The tasks of the guests that a list would show; one that names no guest is shown to nobody who may not see all.
    private func tasksOfVisibleGuests() async throws(ScriptError) -> Answer {
        let reports = try await tasks()
        let guests = try await resolver.guests(.all)
        let visible = guests.filter(maySee)
        let names = Dictionary(visible.map { ($0.id, $0.name) }) { first, _ in first }
        guard visible.count < guests.count else { return .tasks(reports, names: names) }
        return .tasks(reports.filter { $0.guestID.map { names[$0] != nil } ?? false }, names: names)
    }

    private func inventory(_ kind: Inventory) async throws(ScriptError) -> Answer {
        do { return .objects(try await reader.inventory(kind)) } catch { throw ScriptError(error) }
    }

    private func tasks() async throws(ScriptError) -> [TaskReport] {
        var reports: [TaskReport] = []
        do throws(VMMError) {
            for id in try await reader.tasks() {
                // It may have been forgotten between the two questions.
                if let report = try await reader.taskIfKnown(id) { reports.append(report) }
            }
        } catch {
            throw ScriptError(error)
        }
        return reports
    }

    private func maySee(_ guest: Guest) -> Bool { policy.allowsReading(guest) }
}

extension Guest {
    /// By name, then by id, both by their bytes as Lua compares them.
    static func byNameThenID(_ left: Guest, _ right: Guest) -> Bool {
        // In one pass, as lists are long: `elementsEqual` and `lexicographicallyPrecedes` took twice as long.
        if let (leftByte, rightByte) = zip(left.name.utf8, right.name.utf8).first(where: !=) {
            return leftByte < rightByte
        }
        let (leftCount, rightCount) = (left.name.utf8.count, right.name.utf8.count)
        guard leftCount == rightCount else { return leftCount < rightCount }
        return left.id.rawValue.utf8.lexicographicallyPrecedes(right.id.rawValue.utf8)
    }
}
