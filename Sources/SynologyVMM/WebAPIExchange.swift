import Synchronization
import VirtualMachines

/// Carries calls over a transport, and puts what comes back, or doesn't, into the terms of ``VMMError``.
final class WebAPIExchange: Sendable {
    let transport: any Transport
    /// Host and port, for messages.
    let place: String
    let requestCount = Atomic(0)
    /// What the NAS gave for a code, for when the session is lost.
    private let deviceToken = Mutex<Secret?>(nil)

    init(transport: any Transport, place: String) {
        self.transport = transport
        self.place = place
    }

    // MARK: One call

    func send<Answer: Sendable>(_ call: WebAPICall<Answer>, in session: Session) async throws(VMMError)
        -> WebAPIEnvelope
    {
        guard let entry = session.catalog.entries[call.api] else {
            throw unserved(call, "\(place) does not serve \(call.api)")
        }
        guard entry.versions.contains(call.version) else {
            let served = "versions \(entry.versions.lowerBound) to \(entry.versions.upperBound)"
            throw unserved(call, "\(place) serves \(served) of \(call.api), expected version \(call.version)")
        }
        return try await send(call, call.request(at: entry, session.credentials))
    }

    func answer<Answer: Sendable>(_ envelope: WebAPIEnvelope, to call: WebAPICall<Answer>) throws(VMMError) -> Answer {
        switch envelope {
        case .failure(let code, let errors):
            if let settled = call.settled, settled.code == code { return settled.answer }
            throw call.refusal(code, errors: errors, by: place)
        case .success(let data):
            do throws(VMMError) {
                return try call.read(AnswerReader(value: data ?? [:], api: call.api, method: call.method))
            } catch {
                var reason = error
                reason.guest = reason.guest ?? call.guest
                throw lost(call, reason)
            }
        }
    }

    private func send<Answer: Sendable>(
        _ call: WebAPICall<Answer>,
        _ request: WebAPIRequest
    ) async throws(VMMError) -> WebAPIEnvelope {
        requestCount.add(1, ordering: .relaxed)
        RequestTally.current?.add()
        let bytes: [UInt8]
        do throws(TransportFailure) {
            bytes = try await transport.send(request)
        } catch {
            var reason = error.error
            reason.api = call.api
            reason.method = call.method
            reason.guest = call.guest
            throw error.mayHaveBeenSent ? lost(call, reason) : reason
        }
        do throws(VMMError) {
            return try WebAPIEnvelope(bytes, from: place, api: call.api, method: call.method)
        } catch {
            throw lost(call, error)
        }
    }

    // MARK: Session

    /// Asks which of the APIs that this program speaks are served.
    func discover() async throws(VMMError) -> APICatalog {
        // Both DSM 6 and 7 answer this one here, whatever it says of the others.
        let discovery = APICatalog.Entry(path: "entry.cgi", versions: 1...1, quotesStrings: false)
        let query = APICatalog.query(APICatalog.wanted)
        return try answer(try await send(query, query.request(at: discovery, nil)), to: query)
    }

    /// Discovers the APIs, and logs in where that is needed.
    func logIn(_ configuration: SynologyClient.Configuration) async throws(VMMError) -> Session {
        let catalog = try await discover()
        let dialect = configuration.dialect ?? DialectName(for: catalog)
        guard !configuration.address.isLocal else {
            return Session(catalog: catalog, dialect: dialect, credentials: nil)
        }
        guard let auth = catalog.entries[Login.api] else {
            throw VMMError(
                .badAnswer,
                "\(place) answered \(APICatalog.api) query without \(Login.api)",
                hint: "check that this is the address of a Synology NAS",
                api: APICatalog.api,
                method: "query"
            )
        }
        let factor = configuration.secondFactor
        let version = Login.version(in: catalog)
        func attempt(_ proof: Login.Proof) async throws(VMMError) -> (WebAPIEnvelope, WebAPICall<Login.Answer>) {
            let call = Login.logIn(
                account: configuration.account,
                password: configuration.password,
                proof,
                version: version
            )
            let request = call.request(at: auth, nil)
            let envelope = try await outlastingCancellation(by: configuration.logoutTimeout) {
                () throws(VMMError) in
                try await self.send(call, request)
            }
            return (envelope, call)
        }
        var proof = Login.Proof.nothing
        if let factor, let token = deviceToken.withLock(\.self) ?? factor.deviceToken {
            proof = .device(token, name: factor.deviceName)
        }
        var (envelope, call) = try await attempt(proof)
        // No second try of a refused login: this one wants more than it was given, and says so.
        if Login.asksForCode(envelope), let factor, let code = try await factor.checkedCode() {
            proof = .code(code, deviceName: factor.deviceName)
            (envelope, call) = try await attempt(proof)
        }
        let answer = try answer(envelope, to: call)
        // DSM gives everybody a token; it is good for something where it was asked for, which is with a code.
        if case .code = proof, let token = answer.deviceToken {
            deviceToken.withLock { $0 = token }
            factor?.remember(token)
        }
        return Session(catalog: catalog, dialect: dialect, credentials: answer.credentials)
    }

    /// Has a login that was sent be answered even if it is cancelled: the NAS would otherwise keep a session that
    /// nobody knows, and so nobody logs out of.
    private func outlastingCancellation<Answer: Sendable>(
        by patience: Duration,
        _ body: @escaping @Sendable () async throws(VMMError) -> Answer
    ) async throws(VMMError) -> Answer {
        guard !Task.isCancelled else { throw VMMError(.cancelled, "the login was cancelled") }
        let work = Task { () -> Result<Answer, VMMError> in
            do throws(VMMError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        return try await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            Task {
                try? await SystemClock().sleep(for: patience)
                work.cancel()
            }
        }
        .get()
    }

    /// Logs out, always with the session's id: without it DSM answers success and keeps the session.
    func logOut(of session: Session, timeout: Duration) async {
        guard session.credentials != nil, let auth = session.catalog.entries[Login.api] else { return }
        let logout = Login.logOut(version: Login.version(in: session.catalog))
        // There is nothing to do about a failure at the end; the NAS lets the session time out.
        _ = try? await transport.send(logout.request(at: auth, session.credentials, timeout: timeout))
    }

    // MARK: Errors

    private func unserved<Answer: Sendable>(_ call: WebAPICall<Answer>, _ message: String) -> VMMError {
        VMMError(
            .unsupported,
            message,
            hint: "install or start Virtual Machine Manager in the NAS's Package Center",
            api: call.api,
            method: call.method,
            guest: call.guest
        )
    }

    /// What it means that `call` was sent and its answer can't be had: for a write, that it may have happened.
    private func lost<Answer: Sendable>(_ call: WebAPICall<Answer>, _ reason: VMMError) -> VMMError {
        guard case .write(let target) = call.effect else { return reason }
        return VMMError(
            .outcomeUnknown,
            "the outcome of \(call.method) for \(target) is not known: \(reason.message)",
            hint: "read its status before doing it again",
            api: call.api,
            method: call.method,
            guest: call.guest,
            cause: reason.cause,
            mayBeUnderWay: reason.mayBeUnderWay
        )
    }
}
