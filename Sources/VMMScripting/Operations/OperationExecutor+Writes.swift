import Synchronization
import VirtualMachines

/// Writes: each reads the guest first, is sent once, and is read back where the NAS merely accepts it.
extension OperationExecutor {
    /// Makes a write again that a NAS could not take on: it was busy, or could not be asked, so nothing has happened.
    ///
    /// Each attempt reads the guest anew. Throws what the last one did once `patience` is over.
    @inline(never)
    func untilAccepted<Value>(
        within patience: Duration?,
        _ progress: OperationProgress,
        _ attempt: () async throws(ScriptError) -> Value
    ) async throws(ScriptError) -> Value {
        let start = clock.now
        var pause = Duration.seconds(1)
        while true {
            let refusal: ScriptError
            do { return try await attempt() } catch { refusal = error }
            guard [.busy, .unreachable].contains(refusal.kind) else { throw refusal }
            let rest = patience.map { $0 - (clock.now - start) } ?? pause
            guard rest > .zero else {
                var refusal = refusal
                if let patience, patience > .zero { refusal.message += "; it was tried for \(patience.brief)" }
                throw refusal
            }
            progress.postponed(because: refusal)
            do { try await clock.sleep(for: min(pause, rest)) } catch { throw ScriptError(any: error) }
            pause = min(pause * 2, .seconds(15))
        }
    }

    @inline(never)
    func power(
        _ request: Operation.PowerRequest,
        _ progress: OperationProgress
    ) async throws(ScriptError) -> PowerTask {
        let (action, force) = (request.action, request.isForced)
        let (id, name) = try await resolver.identify(request.guest)
        try await turns.take(id)
        defer { turns.give(id) }
        let guest = try await read(id, name, progress)
        try GuestResolver.check(guest, isCalled: name, by: request.guest)
        var task = PowerTask(
            id: nil,
            guestID: id,
            guestName: guest.name,
            action: action,
            status: .completed,
            changed: false
        )
        if let open = try await openTask(action, of: guest), !force {
            task.id = open
            task.status = .running
            return task
        }
        switch PowerDecision(action, try await asItStands(guest)) {
        case .alreadySo: return task
        case .underWay:
            task.status = .running
            return task
        case .refused(let message): throw ScriptError(.wrongState, message, guest: guest.name)
        case .send: break
        }
        let answer = try await write(
            UnansweredWrite(.power(action), before: guest),
            progress,
            ifDone: { PowerAnswer(taskID: $0) },
            send: { [manager] () async throws(VMMError) in
                switch action {
                case .powerOn: try await manager.powerOn(id)
                case .shutdown: try await manager.shutdown(id)
                case .powerOff: try await manager.powerOff(id, force: force)
                }
            }
        )
        guard answer.changed else { return task }
        openTasks.withLock { $0[id] = answer.taskID.map { OpenTask(action: action, id: $0) } }
        if let task = answer.taskID { begunTasks.withLock { _ = $0.insert(task) } }
        task.id = answer.taskID
        task.status = .running
        task.changed = true
        return task
    }

    /// The task by which this run has asked the same of the guest already, while the NAS works on it.
    ///
    /// The documented dialect has no words for a guest on its way, so its status alone doesn't tell.
    private func openTask(_ action: PowerAction, of guest: Guest) async throws(ScriptError) -> TaskID? {
        guard let open = openTasks.withLock({ $0[guest.id] }), open.action == action else { return nil }
        return try await isUnderWay(open, guest.id, name: guest.name) ? open.id : nil
    }

    /// What this run has last asked of guests' power, by tasks that may still be at work.
    var openActions: [(guest: GuestID, action: PowerAction)] {
        openTasks.withLock { $0.map { ($0.key, $0.value.action) } }.sorted { $0.guest.rawValue < $1.guest.rawValue }
    }

    /// How a guest stands that still shows as it was before this run sent it on its way; nil where it isn't on its way.
    func statusOnItsWay(
        _ guest: GuestID,
        shownAs status: GuestStatus,
        name: String? = nil
    ) async throws(ScriptError) -> GuestStatus? {
        guard let open = openTasks.withLock({ $0[guest] }), status == open.action.statusBefore,
            try await isUnderWay(open, guest, name: name ?? guest.rawValue)
        else { return nil }
        return open.action.statusMeanwhile
    }

    /// Whether the NAS is still at work on a task of this run's.
    private func isUnderWay(_ open: OpenTask, _ guest: GuestID, name: String) async throws(ScriptError) -> Bool {
        do throws(VMMError) {
            if let report = try await reader.taskIfKnown(open.id) {
                try report.check(isAbout: guest, name: name)
                if report.status == .running { return true }
            }
        } catch {
            throw ScriptError(error, about: guest, name: name)
        }
        // Another one may have begun meanwhile.
        openTasks.withLock { if $0[guest]?.id == open.id { $0[guest] = nil } }
        return false
    }

    /// The task by which a guest's power was asked for last is done.
    func forgetOpenTask(of guest: GuestID) {
        openTasks.withLock { $0[guest] = nil }
    }

    @inline(never)
    func set(
        _ reference: GuestReference,
        _ settings: GuestSettings,
        _ progress: OperationProgress
    ) async throws(ScriptError) -> Answer {
        let (id, name) = try await resolver.identify(reference)
        try await turns.take(id)
        defer { turns.give(id) }
        let before = try await resolver.listedGuest(id, name: name)
        try GuestResolver.check(before, isCalled: name, by: reference)
        try authorize(before, progress)
        if settings.hold(in: before) { return .change(before: before, after: before, changed: false) }
        if let refusal = settings.refusal(by: try await asItStands(before)) { throw refusal }
        try await write(
            UnansweredWrite(.set(settings), before: before),
            progress,
            ifDone: { _ in },
            send: { [manager] () async throws(VMMError) in try await manager.set(id, settings) }
        )
        let after = try await readBack(before, until: { $0.map(settings.hold) ?? false })
        guard let after else { throw GuestResolver.gone(before.id, before.name) }
        guard settings.hold(in: after) else {
            let what = "the NAS accepted the new settings of \(before.name), but it doesn't show them"
            throw Self.unconfirmed(before, what)
        }
        return .change(before: before, after: after, changed: true)
    }

    @inline(never)
    func delete(
        _ reference: GuestReference,
        _ progress: OperationProgress
    ) async throws(ScriptError) -> Answer {
        let (id, name) = try await resolver.identify(reference)
        try await turns.take(id)
        defer { turns.give(id) }
        let guest = try await read(id, name, progress)
        try GuestResolver.check(guest, isCalled: name, by: reference)
        try await write(
            UnansweredWrite(.delete, before: guest),
            progress,
            ifDone: { _ in },
            send: { [manager] () async throws(VMMError) in try await manager.delete(id) }
        )
        guard try await readBack(guest, until: { $0 == nil }) == nil else {
            throw Self.unconfirmed(guest, "the NAS accepted the deletion of \(guest.name), but it still lists it")
        }
        return .change(before: guest, after: nil, changed: true)
    }

    /// How the guest stands now, and whether the script may.
    private func read(
        _ id: GuestID,
        _ name: String,
        _ progress: OperationProgress
    ) async throws(ScriptError) -> Guest {
        let guest = try await resolver.guest(id, name: name)
        try authorize(guest, progress)
        return guest
    }

    /// Reads a guest after a write to it was accepted, until it shows that, or for the time in which a request takes effect.
    ///
    /// Nil where a whole list doesn't have it. Whatever goes wrong now, the write has left.
    private func readBack(_ before: Guest, until isInForce: (Guest?) -> Bool) async throws(ScriptError) -> Guest? {
        let deadline = clock.now + reconciler.settle
        while true {
            let guest: Guest?
            do {
                guest = try await resolver.listedGuestIfPresent(before.id, name: before.name)
            } catch {
                let what = "the NAS accepted the change of \(before.name), but reading it back failed: \(error.message)"
                throw Self.unconfirmed(before, what)
            }
            if isInForce(guest) || clock.now >= deadline { return guest }
            do {
                try await clock.sleep(until: min(clock.now + .seconds(1), deadline))
            } catch {
                let what = "the change of \(before.name) was sent, and not seen in force before it was cancelled"
                throw Self.unconfirmed(before, what)
            }
        }
    }

    private static func unconfirmed(_ guest: Guest, _ what: String) -> ScriptError {
        let hint = "look at the guest in Virtual Machine Manager before you go on"
        return ScriptError(.outcomeUnknown, what, hint: hint, guest: guest.name)
    }

    func authorize(_ guest: Guest, _ progress: OperationProgress) throws(ScriptError) {
        progress.resolved(guest)
        if progress.operation.operationClass == .write, !guest.isNameKnown {
            throw ScriptError(
                .badAnswer,
                "the NAS doesn't tell the name of the guest \(guest.id), and who may change it rests on that",
                hint: "look at the guest in Virtual Machine Manager",
                guest: guest.name
            )
        }
        if let permission = progress.operation.permission { try policy.authorize(permission, for: .guest(guest)) }
    }

    /// Runs a write in a task of its own, which nobody cancels; right before it, it can still be called off.
    ///
    /// One whose answer is lost is sent again only where it is proved that it took no effect. `ifDone` is its answer
    /// where it is seen that it did, by the task with which the NAS does it where there is one.
    private func write<Value: Sendable>(
        _ write: UnansweredWrite,
        _ progress: OperationProgress,
        ifDone: @escaping @Sendable (TaskID?) -> Value,
        send: @escaping @Sendable () async throws(VMMError) -> Value
    ) async throws(ScriptError) -> Value {
        let place = try await RequestPlace.take(of: requests)
        defer { place.giveBack() }
        try await progress.willWrite(write.before)
        if Task.isCancelled { throw ScriptError(.cancelled, "cancelled") }
        let onLoss = progress.lossNotice
        let abandonment = Abandonment()
        let lost = Reconciler.Case(
            write: write,
            operation: progress.operation.id,
            knownTasks: begunTasks.withLock(\.self),
            abandonment: abandonment
        )
        let task = Task(executorPreference: executor) { [reconciler] () async -> Result<Value, ScriptError> in
            do throws(ScriptError) {
                let value = try await reconciler.carryOut(lost, ifDone: ifDone, onLoss: onLoss) {
                    () async throws(VMMError) in try await place.use(send)
                }
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        defer { room.guestsChanged() }
        return try await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            abandonment.abandon()
        }
        .get()
    }
}
