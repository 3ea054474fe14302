import VirtualMachines

/// A login with what was discovered before it.
struct Session: Sendable, Equatable {
    var catalog: APICatalog
    var dialect: DialectName
    /// None where no login is needed.
    var credentials: Credentials?
}

/// Decides when to log in: once, one at a time, and never again after a refusal.
struct SessionState: Sendable {
    /// What a caller that needs a session has to do.
    enum Entry {
        case use(Session)
        /// Begin a login, and tell ``loginEnded(_:)`` how it went.
        case logIn
        /// Wait for the login that is under way.
        case wait
        case fail(VMMError)
    }

    private enum Phase: Sendable {
        case loggedOut
        case loggingIn
        case loggedIn(Session)
        case refused(VMMError)
        case closed
    }

    private var phase = Phase.loggedOut
    /// What the current session was seen to be allowed.
    private var allowed: Set<String> = []

    mutating func enter() -> Entry {
        switch phase {
        case .loggedOut:
            phase = .loggingIn
            return .logIn
        case .loggingIn: return .wait
        case .loggedIn(let session): return .use(session)
        case .refused(let error): return .fail(error)
        case .closed: return .fail(VMMError(.cancelled, "the connection to the NAS was closed"))
        }
    }

    /// A refusal is kept, as a NAS blocks an address after a few failed logins; any other failure may pass.
    mutating func loginEnded(_ result: Result<Session, VMMError>) {
        guard case .loggingIn = phase else { return }
        switch result {
        case .success(let session):
            phase = .loggedIn(session)
            allowed = []
        case .failure(let error): phase = error.code == .loginRefused ? .refused(error) : .loggedOut
        }
    }

    /// The NAS no longer knows `session`; a newer one stays.
    mutating func expired(_ session: Session) {
        if isCurrent(session) { phase = .loggedOut }
    }

    /// `method` did what it should in `session`.
    mutating func worked(_ method: String, in session: Session) {
        if isCurrent(session) { allowed.insert(method) }
    }

    /// Whether a refusal of `method` for want of rights may come from the end of `session`: what was allowed a while
    /// ago and isn't any more looks like a NAS that restarted.
    func mayHaveEnded(_ session: Session, refusing method: String) -> Bool {
        !isCurrent(session) || allowed.contains(method)
    }

    private func isCurrent(_ session: Session) -> Bool {
        guard case .loggedIn(let current) = phase else { return false }
        return current.credentials == session.credentials
    }

    /// Ends everything; gives the session to log out of.
    mutating func close() -> Session? {
        defer { phase = .closed }
        guard case .loggedIn(let session) = phase else { return nil }
        return session
    }
}
