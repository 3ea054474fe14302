import Foundation
import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import SimulatedVMM
import VirtualMachines

/// A simulated NAS: a cluster behind the DSM web API, over HTTP or HTTPS on the loopback interface.
///
/// ```swift
/// let server = DSMServer(cluster: SimulatedCluster(.standard(), clock: SystemClock()))
/// try await server.serve { url in
///     print(url, server.login.account, server.login.password)
/// }
/// ```
public struct DSMServer: Sendable {
    /// Who may log in.
    public struct Login: Sendable {
        /// The account's name.
        public var account: String
        /// Its password.
        public var password: String
        /// The code of the second factor, where the account requires one.
        public var otpCode: String?

        /// Names an account; without a password it gets one that nobody can guess.
        public init(account: String = "admin", password: String? = nil, otpCode: String? = nil) {
            self.account = account
            self.password = password ?? randomWord(length: 16)
            self.otpCode = otpCode
        }
    }

    /// How clients reach it.
    public enum Scheme: String, Sendable, CaseIterable {
        /// In the clear.
        case http
        /// Over TLS, with a certificate that vouches for itself.
        case https
    }

    /// The guests behind the API.
    public let cluster: SimulatedCluster
    /// Who may log in.
    public let login: Login
    /// The port to listen on; 0 takes a free one.
    public let port: Int
    /// How clients reach it.
    public let scheme: Scheme
    let log: RequestLog?
    let faults: FaultInjector
    let service: WebAPIService
    /// Made at the start of an HTTPS server.
    private let certificate: Result<SelfSignedCertificate, any Error>?

    /// A server that isn't listening yet; what it is asked goes into `log`.
    ///
    /// With HTTPS it shows a certificate of that subject. It serves all `dialects` at once. `ignoresCase` takes method names in any case. The times of `faults` count from
    /// now.
    public init(
        cluster: SimulatedCluster,
        login: Login = Login(),
        port: Int = 0,
        scheme: Scheme = .http,
        certificate subject: CertificateSubject = CertificateSubject(),
        dialects: Set<Dialect> = Set(Dialect.allCases),
        ignoresCase: Bool = false,
        faults: FaultPlan = FaultPlan(),
        log: RequestLog? = nil
    ) {
        self.cluster = cluster
        self.login = login
        self.port = port
        self.scheme = scheme
        self.log = log
        self.faults = FaultInjector(faults, start: cluster.clock.now)
        self.certificate = scheme == .https ? Result { try SelfSignedCertificate(subject) } : nil
        self.service = WebAPIService(
            cluster: cluster,
            login: login,
            sessions: SessionTable(),
            cipher: LoginCipher(),
            catalog: WebAPICatalog(dialects: dialects, ignoresCase: ignoresCase)
        )
    }

    /// How many sessions are logged in.
    public var sessionCount: Int { service.sessions.count }

    /// The SHA-256 of the certificate, in hexadecimal; nil without TLS.
    public var fingerprint: String? { (try? certificate?.get())?.fingerprint }

    /// The certificate, for a client to trust; nil without TLS.
    public var certificatePEM: String? { (try? certificate?.get())?.pem }

    // MARK: Trouble

    /// Ends all sessions as a restart of the NAS does; their ids are unknown from now on.
    public func dropSessions() {
        service.sessions.closeAll()
    }

    /// Forgets sessions and tasks as a restart of the NAS does; what the tasks began goes on.
    public func restart() {
        service.restart()
    }

    /// Has something go wrong from now on, beside the faults that there are; its times count from the server's start.
    public func add(_ fault: Fault) {
        faults.add(fault)
    }

    // MARK: Serving

    /// Serves until its task is cancelled, then returns.
    ///
    /// `onListening` gets the URL as soon as connections are accepted. Throws `badArgument` if the port can't be had.
    public func serve(onListening: @escaping @Sendable (String) -> Void) async throws(VMMError) {
        do {
            try await application { onListening(url(port: $0.localAddress?.port ?? port)) }.run()
        } catch {
            guard !Task.isCancelled else { return }
            throw cannotListen(error)
        }
    }

    /// Serves for as long as `body` takes, which gets the URL.
    ///
    /// Throws what `body` throws, or `badArgument` if the port can't be had.
    public func whileServing<Result: Sendable>(
        _ body: @escaping @Sendable (_ url: String) async throws -> Result
    ) async throws -> Result {
        do {
            return try await DSMSimulator.whileServing(
                { try application(onListening: $0) },
                { try await body(url(port: $0)) }
            )
        } catch let error as IOError {
            throw cannotListen(error)
        }
    }

    private func url(port: Int) -> String { "\(scheme.rawValue)://127.0.0.1:\(port)" }

    func application(
        onListening: @escaping @Sendable (any Channel) -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        let router = Router(context: CallContext.self)
        for path in ["entry.cgi", "query.cgi", "auth.cgi", "encryption.cgi", "entry.cgi/:api"] {
            for method in [HTTPRequest.Method.get, .post] {
                router.on(RouterPath("/webapi/\(path)"), method: method) { request, context in
                    try await respond(to: request, context)
                }
            }
        }
        return Application(
            router: router,
            server: try certificate.map { try .tls(tlsConfiguration: $0.get().configuration()) } ?? .http1(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: "nginx"),
            onServerRunning: { onListening($0) },
            // The command that runs the server says what there is to say.
            logger: Logger(label: "DSMServer") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func cannotListen(_ error: any Error) -> VMMError {
        let isTaken = (error as? IOError)?.errnoCode == EADDRINUSE
        return VMMError(
            .badArgument,
            isTaken ? "port \(port) is taken by another program" : "cannot listen on 127.0.0.1:\(port)",
            hint: "choose another port, or 0 for any free one",
            cause: String(describing: error)
        )
    }
}
