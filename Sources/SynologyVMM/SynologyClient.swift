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
    let dialect = DocumentedDialect()
    private let exchange: WebAPIExchange
    private let keeper: SessionKeeper

    /// A client that connects at its first call.
    public convenience init(_ configuration: Configuration) {
        self.init(configuration, transport: HTTPTransport(configuration))
    }

    init(_ configuration: Configuration, transport: any Transport) {
        let exchange = WebAPIExchange(transport: transport, place: configuration.address.hostAndPort)
        self.configuration = configuration
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

    /// Carries out one call of the dialect, with a login before it where there is none.
    ///
    /// A session that the NAS no longer knows is renewed once. That is safe for a write too: the NAS refused it.
    func perform<Answer>(_ call: WebAPICall<Answer>) async throws(VMMError) -> Answer {
        guard !Task.isCancelled else { throw VMMError(.cancelled, "the call was cancelled") }
        let session = try await keeper.session()
        var outcome = try await exchange.send(call, in: session)
        if case .failure(let code, _) = outcome, Self.sessionLost.contains(code) {
            keeper.expired(session)
            outcome = try await exchange.send(call, in: try await keeper.session())
        }
        return try exchange.answer(outcome, to: call)
    }

    /// Timed out, displaced by another login, unknown.
    private static let sessionLost: Set<Int> = [106, 107, 119]
}
