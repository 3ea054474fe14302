import Synchronization
import VirtualMachines

/// Holds the one session that all calls share; ``SessionState`` decides, this waits.
final class SessionKeeper: Sendable {
    private typealias LoginTask = Task<Result<Session, VMMError>, Never>

    private struct State: Sendable {
        var session = SessionState()
        var login: LoginTask?
    }

    private let state = Mutex(State())
    private let logIn: @Sendable () async -> Result<Session, VMMError>

    /// `logIn` carries out one login.
    init(logIn: @escaping @Sendable () async -> Result<Session, VMMError>) {
        self.logIn = logIn
    }

    /// The session, after a login where there is none.
    ///
    /// The login isn't the caller's own: it goes on for others when this caller is cancelled.
    func session() async throws(VMMError) -> Session {
        let (entry, login) = state.withLock { state -> (SessionState.Entry, LoginTask?) in
            let entry = state.session.enter()
            if case .logIn = entry { state.login = beginLogin() }
            return (entry, state.login)
        }
        switch entry {
        case .use(let session): return session
        case .fail(let error): throw error
        case .logIn, .wait: return try await outcome(of: login).get()
        }
    }

    /// The NAS no longer knows `session`.
    func expired(_ session: Session) {
        state.withLock { $0.session.expired(session) }
    }

    /// `method` did what it should in `session`.
    func worked(_ method: String, in session: Session) {
        state.withLock { $0.session.worked(method, in: session) }
    }

    /// Whether a refusal of `method` for want of rights may come from the end of `session`.
    func mayHaveEnded(_ session: Session, refusing method: String) -> Bool {
        state.withLock { $0.session.mayHaveEnded(session, refusing: method) }
    }

    /// Ends everything, waits for the answer to a login that was sent already, and gives the session to log out of.
    func close() async -> Session? {
        let (session, login) = state.withLock { ($0.session.close(), $0.login) }
        guard session == nil, let login else { return session }
        login.cancel()
        return try? await login.value.get()
    }

    private func beginLogin() -> LoginTask {
        Task {
            let result = await logIn()
            state.withLock { state in
                state.session.loginEnded(result)
                // A session that came too late is logged out of by `close`, which then still finds the task.
                if case .success = result { return }
                state.login = nil
            }
            return result
        }
    }

    /// Waits for a task that isn't the caller's, but no longer than the caller lives.
    private func outcome(of login: LoginTask?) async -> Result<Session, VMMError> {
        let cancelled = VMMError(.cancelled, "the call was cancelled")
        guard let login else { return .failure(cancelled) }
        let (outcomes, continuation) = AsyncStream<Result<Session, VMMError>>.makeStream()
        Task {
            continuation.yield(await login.value)
            continuation.finish()
        }
        for await outcome in outcomes { return outcome }
        return .failure(cancelled)
    }
}
