import CLuaBridge

/// What the `async` library is written on.
extension Scheduler {
    /// Tasks end and are cancelled from the leaves up and down, on the stack of the Lua thread.
    private static let maximumDepth = 200

    static let callbacks = unsafe bridge_task_callbacks(
        spawned: { host, coroutine, argumentCount, group, ordinal in
            guard let coroutine = unsafe coroutine else { return 0 }
            return unsafe scheduler(host).spawn(coroutine, argumentCount, group: group, ordinal: ordinal)
        },
        await: { host, id in unsafe scheduler(host).await(id) },
        cancel: { host, id in unsafe scheduler(host).cancel(id) },
        status: { host, id in unsafe scheduler(host).status(id) },
        forget: { host, id in unsafe scheduler(host).forget(id) },
        make_group: { host in unsafe scheduler(host).makeGroup() },
        next_of_group: { host, group in unsafe scheduler(host).next(of: group) },
        reserve: { host, count in unsafe scheduler(host).reserve(count) },
        signal: { host, group in unsafe scheduler(host).signal(group) },
        leave_shield: { host, hasFailed in unsafe scheduler(host).leaveShield(hasFailed) },
        defer: { host in unsafe scheduler(host).deferToEnd() }
    )

    /// The scheduler of a universe, by its host.
    static func scheduler(_ host: UnsafeMutableRawPointer?) -> Scheduler {
        // The context is closed before its scheduler goes, so the pointer is good for as long as Lua runs.
        unsafe Unmanaged<Scheduler>.fromOpaque(host.unsafelyUnwrapped).takeUnretainedValue()
    }

    private func spawn(_ coroutine: OpaquePointer, _ argumentCount: Int32, group: Int64, ordinal: Int64) -> Int64 {
        guard let parent = current else {
            // An error is asked for its text after its task's end.
            _ = unsafe context.raise(LuaError(.argument, "no task can begin here"), in: "async.spawn")
            return 0
        }
        guard hasRoomBelow(parent, for: "async.spawn") else { return 0 }
        let ordinal = ordinal == 0 ? reserve(1) + 1 : ordinal
        let task = unsafe addTask(
            coroutine,
            path: parent.path.child(ordinal),
            parent: parent,
            group: group,
            argumentCount: argumentCount
        )
        task.isCancelled = isInterrupted(parent)
        task.isApart = isShielded(parent)
        return task.id
    }

    /// Whether the task may have children; if not, an error is left in the outbox.
    private func hasRoomBelow(_ task: LuaTask, for function: String) -> Bool {
        guard task.path.ordinals.count >= Self.maximumDepth else { return true }
        let problem = LuaError(.argument, "tasks are nested deeper than \(Self.maximumDepth) levels")
        _ = unsafe context.raise(problem, in: function)
        return false
    }

    private func leaveShield(_ hasFailed: Bool) -> bridge_verdict {
        guard let current, current.wasSpared else { return BRIDGE_RETURN }
        current.wasSpared = false
        if hasFailed { return BRIDGE_RETURN }
        return raiseIfCancelled(current, in: "close") ?? BRIDGE_RETURN
    }

    /// Raises the cancellation of the running task, which makes an operation; nil if there is none.
    private func raiseIfCancelled(_ task: LuaTask, in function: String) -> bridge_verdict? {
        do {
            try checkCancellation(of: task)
            return nil
        } catch {
            return unsafe context.raise(error, in: function)
        }
    }

    /// What is deferred runs as a child.
    private func deferToEnd() -> Bool {
        guard let current, hasRoomBelow(current, for: "flow.defer") else { return false }
        current.hasDeferred = true
        return true
    }

    private func reserve(_ count: Int64) -> Int64 {
        guard let current else { return 0 }
        // As many as a list can have elements; a script could lie of its length otherwise.
        let count = min(max(count, 0), 1 << 32)
        defer { current.nextOrdinal &+= count }
        return current.nextOrdinal - 1
    }

    private func await(_ id: Int64) -> bridge_verdict {
        guard let task = tasks[id], let current else {
            // The session was stopped since the task was made.
            return unsafe context.raise(CancellationError(), in: "await")
        }
        if let verdict = raiseIfCancelled(current, in: "await") { return verdict }
        if task.state == .ended {
            markAwaited(task)
            unsafe context.pointee.joined = task.coroutine
            unsafe context.pointee.resumption = task.failed ? BRIDGE_JOINED_ERROR : BRIDGE_JOINED
            return BRIDGE_RETURN
        }
        task.waiters.append(current)
        current.awaitedTask = task
        return BRIDGE_WAIT
    }

    private func next(of group: Int64) -> bridge_verdict {
        guard let current else { return BRIDGE_RETURN }
        if let news = groups[group]?.news.popFirst() {
            if groups[group]?.news.isEmpty == true {
                groups[group] = nil
                current.groupsWithNews.remove(group)
            }
            unsafe context.setOutbox(ordinalOfEnded(news))
            unsafe context.pointee.resumption = BRIDGE_RESULTS
            return BRIDGE_RETURN
        }
        if let verdict = raiseIfCancelled(current, in: "next") { return verdict }
        groups[group] = Group(waiter: current)
        current.awaitedGroup = group
        return BRIDGE_WAIT
    }

    private func cancel(_ id: Int64) {
        guard let task = tasks[id] else { return }
        cancel(task)
    }

    private func status(_ id: Int64) -> Int32 {
        guard let task = tasks[id] else { return 3 }
        if task.state != .ended { return 0 }
        return task.failed ? (task.isCancelled ? 3 : 2) : 1
    }

    private func makeGroup() -> Int64 {
        lastID += 1
        return lastID
    }

    /// No handle of the task is left.
    private func forget(_ id: Int64) {
        guard let task = tasks[id] else { return }
        task.isForgotten = true
        if task.state == .ended { forgetTask(id) }
    }

    private func signal(_ group: Int64) {
        if let waiter = groups[group]?.waiter {
            groups[group] = nil
            resume(waiter, with: .results(ordinalOfEnded(nil)))
        } else {
            groups[group, default: Group()].news.append(nil)
        }
    }
}
