import LuaRuntime
import Synchronization
import VirtualMachines

/// Makes operations happen on the machines: resolves guests, asks the policy, reads before it writes, waits.
///
/// A write is never cut once it is on its way: cancelling its task doesn't reach it.
final class OperationExecutor: Sendable {
    struct OpenTask {
        let action: PowerAction
        let id: TaskID
    }

    /// For writes, which take their place among the requests themselves.
    let manager: any VirtualMachineManager
    /// For reads.
    let reader: LimitedManager
    let shared: SharedReads<SharedQuestion, Answer>
    let clock: any RunClock
    let policy: any Policy
    private let prober: (any Prober)?
    private let approver: (any Approver)?
    private let locks: any LockTable
    private let heldLocks: HeldLocks
    private let scriptName: String
    let executor: LuaThread
    let reconciler: Reconciler
    let room: WaitingRoom
    let resolver: GuestResolver
    let turns = GuestTurns(limit: 1)
    let requests: Turns<RequestTarget>
    let openTasks = Mutex<[GuestID: OpenTask]>([:])
    /// All tasks that this run has begun, open or not.
    let begunTasks = Mutex<Set<TaskID>>([])

    init(
        manager: any VirtualMachineManager,
        configuration: ScriptHost.Configuration,
        heldLocks: HeldLocks,
        scriptName: String,
        executor: LuaThread
    ) {
        let (clock, policy, settle) = (configuration.clock, configuration.policy, configuration.settle)
        let requests = Turns<RequestTarget>(limit: RequestTarget.limit)
        let reader = LimitedManager(manager: manager, turns: requests)
        self.manager = manager
        self.requests = requests
        self.reader = reader
        self.shared = SharedReads(on: executor)
        self.clock = clock
        self.policy = policy
        self.prober = configuration.prober
        self.approver = configuration.approver
        self.locks = configuration.locks
        self.heldLocks = heldLocks
        self.scriptName = scriptName
        self.executor = executor
        self.room = WaitingRoom(manager: manager, clock: clock, executor: executor)
        self.reconciler = Reconciler(manager: reader, clock: clock, settle: settle, room: room)
        self.resolver = GuestResolver(manager: reader, thread: executor) { policy.allowsReading($0) }
    }

    @inline(__always)
    func execute(_ progress: OperationProgress) async throws(ScriptError) -> Answer {
        // A task that waits keeps the frames that it waits in, and thousands may wait: so this one is small, what it calls
        // is not inlined, and gets references.
        try authorize(progress)
        guard let duration = progress.operation.sleep else { return try await perform(progress) }
        do { try await clock.sleep(until: clock.now + duration) } catch { throw ScriptError(any: error) }
        return .nothing
    }

    /// Whether the script may do anything of the kind.
    @inline(never)
    private func authorize(_ progress: OperationProgress) throws(ScriptError) {
        guard let permission = progress.operation.permission, !policy.allows(permission) else { return }
        try policy.authorize(permission, for: nil)
    }

    @inline(never)
    private func perform(_ progress: OperationProgress) async throws(ScriptError) -> Answer {
        let operation = progress.operation
        switch operation.action {
        case .list: return try await answer(to: .list)
        case .select(let text): return try await answer(to: .selection(text))
        case .statuses(let selection): return try await answer(to: .statuses(selection))
        case .get(let reference, let additional):
            return try await get(reference, additional, progress)
        case .power(let request):
            return .task(
                try await untilAccepted(within: request.patience, progress) { () async throws(ScriptError) in
                    try await power(request, progress)
                }
            )
        case .set(let reference, let settings, let patience):
            return try await untilAccepted(within: patience, progress) { () async throws(ScriptError) in
                try await set(reference, settings, progress)
            }
        case .delete(let reference, let patience):
            return try await untilAccepted(within: patience, progress) { () async throws(ScriptError) in
                try await delete(reference, progress)
            }
        case .tasks: return try await answer(to: .tasks)
        case .inventory(let kind): return try await answer(to: .inventory(kind))
        case .waitTask(let reference, let timeout):
            return .task(try await waiter(timeout, progress).waitForTask(reference))
        case .waitStatus(let reference, let statuses, let timeout):
            return .guest(try await waitForStatus(of: reference, statuses, timeout, progress))
        case .probe(let probe, let timeout):
            return .probe(try await self.probe(probe, timeout, calledBy: operation.name))
        case .approve(let question, let expires): return try await approve(question, expires)
        case .lock(let name, let number, let wait): return try await lock(name, number, wait)
        case .sleep: return .nothing  // `execute` has done it
        case .custom(let call): return .values(try await self.call(call, progress))
        }
    }

    @inline(never)
    private func call(
        _ call: Operation.CustomCall,
        _ progress: OperationProgress
    ) async throws(ScriptError) -> [LuaValue] {
        let invocation = Binding.CustomInvocation(arguments: call.checked, operation: progress.operation.id)
        if call.operationClass == .write { progress.leaves() }
        do { return try await call.body(invocation) } catch { throw ScriptError(any: error) }
    }

    @inline(never)
    private func approve(_ question: String, _ expires: Duration?) async throws(ScriptError) -> Answer {
        try await ApprovalExecution(question: question, expires: expires, approver: approver, clock: clock).perform()
    }

    @inline(never)
    private func lock(_ name: String, _ number: Int, _ wait: Duration?) async throws(ScriptError) -> Answer {
        let request = LockExecution(name: name, patience: wait, table: locks, holder: scriptName, clock: clock)
        try await request.perform(number, holdingIn: heldLocks)
        return .nothing
    }

    @inline(never)
    private func probe(
        _ probe: Probe,
        _ timeout: Duration,
        calledBy name: String
    ) async throws(ScriptError) -> ProbeOutcome {
        guard let prober else { throw ProbeExecution.unsupported(name) }
        try await requests.take(.network)
        defer { requests.give(.network) }
        return try await ProbeExecution(probe: probe, timeout: timeout, prober: prober, policy: policy).perform()
    }

    @inline(never)
    private func waitForStatus(
        of reference: GuestReference,
        _ statuses: [GuestStatus],
        _ timeout: Duration?,
        _ progress: OperationProgress
    ) async throws(ScriptError) -> Guest {
        let (id, name) = try await resolver.identify(reference)
        return try await waiter(timeout, progress).waitForStatus(of: id, name: name, statuses)
    }

    private func waiter(_ timeout: Duration?, _ progress: OperationProgress) -> Waiter {
        Waiter(
            room: room,
            clock: clock,
            timeout: timeout,
            settle: reconciler.settle,
            authorize: { [self] (guest) throws(ScriptError) in try authorize(guest, progress) },
            progress: progress
        )
    }
}
