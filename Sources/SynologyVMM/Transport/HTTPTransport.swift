import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization
import VirtualMachines

/// The web API over HTTP or HTTPS.
final class HTTPTransport: Transport {
    private enum Phase {
        case idle
        case open(HTTPClient)
        case closed
    }

    private let configuration: SynologyClient.Configuration
    /// The HTTP client is made at the first request, as it starts threads and many programs never call a NAS.
    private let phase = Mutex(Phase.idle)
    private let certificate = Mutex<SeenCertificate?>(nil)
    private let problem = Mutex<CertificateProblem?>(nil)
    private let date = Mutex<String?>(nil)

    init(_ configuration: SynologyClient.Configuration) {
        self.configuration = configuration
    }

    deinit {
        // The HTTP client insists on a shutdown, also where nobody called `close`.
        guard case .open(let client) = phase.withLock({ $0 }) else { return }
        client.shutdown { _ in }
    }

    func close() async {
        let client = phase.withLock { phase -> HTTPClient? in
            defer { phase = .closed }
            guard case .open(let client) = phase else { return nil }
            return client
        }
        try? await client?.shutdown()
    }

    private func client() throws(TransportFailure) -> HTTPClient {
        let client = phase.withLock { phase -> HTTPClient? in
            switch phase {
            case .closed: return nil
            case .open(let client): return client
            case .idle:
                let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
                phase = .open(client)
                return client
            }
        }
        if let client { return client }
        let error = VMMError(.cancelled, "the connection to the NAS was closed")
        throw TransportFailure(error: error, mayHaveBeenSent: false)
    }

    /// The certificate that the NAS showed on the newest connection.
    var seenCertificate: SeenCertificate? { certificate.withLock(\.self) }

    /// Why a connection was not used, of the newest that wasn't.
    var certificateProblem: CertificateProblem? { problem.withLock(\.self) }

    /// The `Date` header of the newest answer.
    var seenDate: String? { date.withLock(\.self) }

    /// Looks at the certificate once the connection is encrypted, and before anything is sent on it.
    private func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let (trust, host) = (configuration.trust, configuration.address.host)
        return channel.nioSSL_peerCertificate()
            .flatMapThrowing { [self] certificate in
                let seen = try certificate.map { try SeenCertificate($0) }
                self.certificate.withLock { $0 = seen }
                try trust.check(seen, for: host)
            }
            .flatMapErrorThrowing { error in
                // How the connection ends is not waited for: it says nothing of what is wrong.
                channel.close(mode: .all, promise: nil)
                throw error
            }
    }

    private var options: HTTPClient.Configuration {
        var options = HTTPClient.Configuration()
        if configuration.address.isEncrypted {
            options.tlsConfiguration = configuration.trust.tlsConfiguration
            options.http1_1ConnectionDebugInitializer = { [weak self] channel in
                self?.admit(channel) ?? channel.eventLoop.makeFailedFuture(CancellationError())
            }
        }
        // A redirected POST would lose its body, and a redirected login would go who knows where.
        options.redirectConfiguration = .disallow
        options.timeout = HTTPClient.Configuration.Timeout(
            connect: TimeAmount(configuration.connectTimeout),
            read: TimeAmount(configuration.requestTimeout)
        )
        // Retrying belongs to those who know whether it is a write.
        options.connectionPool.retryConnectionEstablishment = false
        options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionLimit
        // Shorter than any web server's, so that a write is rarely sent on a connection the NAS is just closing.
        options.connectionPool.idleTimeout = .seconds(4)
        options.httpVersion = .http1Only
        return options
    }

    func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8] {
        let timeout = request.timeout ?? configuration.requestTimeout
        let start = ContinuousClock.now
        do {
            // The client's own bound ends with the answer's head.
            return try await withinTime(timeout) { [self] in
                let response = try await client().execute(httpRequest(for: request), timeout: TimeAmount(timeout))
                date.withLock { $0 = response.headers.first(name: "Date") }
                guard response.status == .ok else { throw unexpectedStatus(response) }
                var body = try await response.body.collect(upTo: configuration.maximumAnswerSize)
                return body.readBytes(length: body.readableBytes) ?? []
            }
        } catch let failure as TransportFailure {
            throw failure
        } catch {
            let error = await explained(error, within: timeout - (.now - start))
            if let error = error as? CertificateProblem { problem.withLock { $0 = error } }
            throw HTTPFailure(address: configuration.address, timeout: timeout, now: configuration.clock.wallTime)
                .reading(error, maximumAnswerSize: configuration.maximumAnswerSize)
        }
    }

    /// A handshake that fails for its certificate doesn't say what is wrong with that, so it is looked at.
    private func explained(_ error: any Error, within rest: Duration) async -> any Error {
        guard "\(error)".contains("CERTIFICATE_VERIFY_FAILED") else { return error }
        let look = CertificateLook(address: configuration.address, timeout: min(configuration.connectTimeout, rest))
        return CertificateProblem.untrusted(await look.certificate())
    }

    private func httpRequest(for request: WebAPIRequest) -> HTTPClientRequest {
        var pairs: [(name: String, value: String)] = [
            ("api", request.api), ("version", "\(request.version)"), ("method", request.method),
        ]
        pairs += request.parameters.map { ($0.name, text(of: $0.value, quoted: request.quotesStrings)) }
        if let credentials = request.credentials { pairs.append(("_sid", credentials.sid.revealed)) }

        let url = "\(configuration.address)/webapi/\(request.path)"
        var http: HTTPClientRequest
        if request.isPost {
            http = HTTPClientRequest(url: url)
            http.method = .POST
            http.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")
            http.body = .bytes(ByteBuffer(string: formEncoded(pairs)))
        } else {
            http = HTTPClientRequest(url: "\(url)?\(formEncoded(pairs))")
        }
        if let credentials = request.credentials {
            http.headers.add(name: "Cookie", value: "id=\(credentials.sid.revealed)")
            if let token = credentials.synoToken { http.headers.add(name: "X-SYNO-TOKEN", value: token.revealed) }
        }
        return http
    }

    private func text(of value: WebAPIParameter.Value, quoted: Bool) -> String {
        switch value {
        case .text(let text): quoted ? JSONValue.string(text).text : text
        case .integer(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .secret(let secret): secret.revealed
        }
    }

    private func unexpectedStatus(_ response: HTTPClientResponse) -> TransportFailure {
        let place = configuration.address.hostAndPort
        let isRedirect = (300..<400).contains(response.status.code)
        var hint = "check the port (DSM: 5000 for http, 5001 for https), and any reverse proxy in between"
        if isRedirect, let target = response.headers.first(name: "Location")?.prefix(while: { $0 != "?" }) {
            hint = "it points to \(target): name that place instead"
        }
        if response.status == .badRequest {
            hint = [configuration.address.hintAtTLS, hint].compactMap(\.self).joined(separator: "; or ")
        }
        // A reverse proxy says so of a NAS that it doesn't reach, and a NAS while it starts.
        let isServersFault = response.status.code >= 500
        let error = VMMError(
            isServersFault ? .unreachable : .badAnswer,
            "\(place) answered HTTP \(response.status.code), expected the DSM API's 200",
            hint: hint,
            mayBeUnderWay: response.status == .gatewayTimeout
        )
        return TransportFailure(error: error, mayHaveBeenSent: !isRedirect)
    }
}
