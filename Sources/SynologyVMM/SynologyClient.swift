import VirtualMachines

/// The Virtual Machine Manager of a Synology NAS, over its web API.
///
/// The first call logs in, and a session that the NAS forgets is renewed once. ``close()`` logs out.
///
/// ```swift
/// let client = SynologyClient(
///     try .init(url: "https://nas:5001", account: "scripts", password: Secret(password))
/// )
/// for guest in try await client.guests() { print(guest.name, guest.status) }
/// await client.close()
/// ```
public final class SynologyClient: VirtualMachineManager {
    let configuration: Configuration
    let notices: Notices
    private let exchange: WebAPIExchange
    private let keeper: SessionKeeper

    /// A client that connects at its first call.
    public convenience init(_ configuration: Configuration) {
        let isLocal = configuration.address.isLocal
        self.init(
            configuration,
            transport: isLocal ? LocalTransport(configuration) : HTTPTransport(configuration)
        )
    }

    init(_ configuration: Configuration, transport: any Transport) {
        let exchange = WebAPIExchange(transport: transport, place: configuration.address.hostAndPort)
        self.configuration = configuration
        self.notices = Notices(tell: configuration.notice)
        self.exchange = exchange
        self.keeper = SessionKeeper {
            do throws(VMMError) {
                return .success(try await exchange.logIn(configuration))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Reaches the NAS and logs in.
    ///
    /// A refused login is never tried again: every call then throws the same refusal.
    public func connect() async throws(VMMError) {
        _ = try await keeper.session()
    }

    /// The dialect that the NAS is spoken to in; logs in to find out.
    public func dialect() async throws(VMMError) -> DialectName {
        try await keeper.session().dialect
    }

    /// How many requests have been sent.
    public var requestCount: Int { exchange.requestCount.load(ordering: .relaxed) }

    /// Logs out and closes all connections.
    public func close() async {
        let (keeper, exchange, timeout) = (keeper, exchange, configuration.logoutTimeout)
        // A task of its own: the caller is often being cancelled, and the NAS is to forget the session all the same.
        await Task {
            if let session = await keeper.close() { await exchange.logOut(of: session, timeout: timeout) }
            await exchange.transport.close()
        }
        .value
    }

    /// Carries out one call of the NAS's dialect, with a login before it where there is none.
    ///
    /// A session that the NAS no longer knows is renewed once. That is safe for a write too: the NAS refused it. Reads
    /// are tried again where ``RetryPolicy`` says so.
    func perform<Answer: Sendable>(
        _ makeCall: (any Dialect) throws(VMMError) -> WebAPICall<Answer>
    ) async throws(VMMError) -> Answer {
        guard !Task.isCancelled else { throw Self.cancelled }
        var failures = 0
        while true {
            let session = try await keeper.session()
            let call = try makeCall(session.dialect.dialect)
            do throws(VMMError) {
                return try await perform(call, in: session)
            } catch {
                let pause = configuration.retry.pause(afterFailure: failures, error, chance: .random(in: 0...1))
                guard call.effect == .read, let pause else { throw error }
                failures += 1
                do { try await configuration.clock.sleep(for: pause) } catch { throw Self.cancelled }
            }
        }
    }

    private static let cancelled = VMMError(.cancelled, "the call was cancelled")

    private func perform<Answer: Sendable>(
        _ call: WebAPICall<Answer>,
        in session: Session
    ) async throws(VMMError) -> Answer {
        let outcome = try await exchange.send(call, in: session)
        switch outcome {
        case .success: keeper.worked(call.name, in: session)
        case .failure(let code, _):
            guard call.settled?.code != code, isLost(session, code, call.name) else { break }
            keeper.expired(session)
            let renewed = try await keeper.session()
            return try exchange.answer(try await exchange.send(call, in: renewed), to: call)
        }
        return try exchange.answer(outcome, to: call)
    }

    /// Whether a refusal means that the NAS no longer knows the session.
    private func isLost(_ session: Session, _ code: Int, _ method: String) -> Bool {
        Self.sessionLost.contains(code)
            || code == Self.forbidden && keeper.mayHaveEnded(session, refusing: method)
    }

    /// The account may not do this; also what a NAS says of a session from before its restart.
    private static let forbidden = 105

    /// Timed out, displaced by another login, unknown.
    private static let sessionLost: Set<Int> = [106, 107, 119]
}
