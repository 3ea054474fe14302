import Foundation
import Hummingbird
import Logging
import NIOCore
import SimulatedVMM
import VirtualMachines

/// A simulated NAS: a cluster behind the DSM web API, over HTTP on the loopback interface.
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

        /// Names an account; without a password it gets one that nobody can guess.
        public init(account: String = "admin", password: String? = nil) {
            self.account = account
            self.password = password ?? randomWord(length: 16)
        }
    }

    /// The guests behind the API.
    public let cluster: SimulatedCluster
    /// Who may log in.
    public let login: Login
    /// The port to listen on; 0 takes a free one.
    public let port: Int
    private let service: WebAPIService

    /// A server that isn't listening yet; what it is asked goes into `log`.
    public init(cluster: SimulatedCluster, login: Login = Login(), port: Int = 0, log: RequestLog? = nil) {
        self.cluster = cluster
        self.login = login
        self.port = port
        self.service = WebAPIService(cluster: cluster, login: login, sessions: SessionTable(), log: log)
    }

    /// How many sessions are logged in.
    public var sessionCount: Int { service.sessions.count }

    /// Ends all sessions as a restart of the NAS does; their ids are unknown from now on.
    public func dropSessions() {
        service.sessions.closeAll()
    }

    // MARK: Serving

    /// Serves until its task is cancelled, then returns.
    ///
    /// `onListening` gets the URL as soon as connections are accepted. Throws `badArgument` if the port can't be had.
    public func serve(onListening: @escaping @Sendable (String) -> Void) async throws(VMMError) {
        do {
            try await application(onListening: onListening).run()
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
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (urls, continuation) = AsyncStream<String>.makeStream()
            group.addTask {
                defer { continuation.finish() }
                try await serve { url in continuation.yield(url) }
            }
            defer { group.cancelAll() }
            var listening = urls.makeAsyncIterator()
            guard let url = await listening.next() else {
                try await group.waitForAll()
                throw VMMError(.cancelled, "the simulated NAS was cancelled")
            }
            return try await body(url)
        }
    }

    func application(onListening: @escaping @Sendable (String) -> Void = { _ in }) -> some ApplicationProtocol {
        let router = Router()
        for path in ["entry.cgi", "query.cgi", "auth.cgi", "entry.cgi/:api"] {
            for method in [HTTPRequest.Method.get, .post] {
                router.on(RouterPath("/webapi/\(path)"), method: method) { request, context in
                    try await respond(to: request, pathTail: context.parameters.get("api"))
                }
            }
        }
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: "nginx"),
            onServerRunning: { channel in
                onListening("http://127.0.0.1:\(channel.localAddress?.port ?? port)")
            },
            // The command that runs the server says what there is to say.
            logger: Logger(label: "DSMServer") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private static let maximumBody = 1 << 20

    private func respond(to request: Request, pathTail: String?) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.maximumBody)
        let call = WebAPICall(
            pathTail: pathTail,
            query: request.uri.query ?? "",
            body: String(buffer: body),
            cookie: request.headers[.cookie],
            token: request.headers.first { $0.name.canonicalName == "x-syno-token" }?.value
        )
        let answer = ByteBuffer(bytes: service.answer(call).serialized())
        return Response(
            status: .ok,
            headers: [.contentType: "application/json; charset=\"UTF-8\""],
            body: ResponseBody(byteBuffer: answer)
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
