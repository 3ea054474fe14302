import DSMSimulator
import Hummingbird
import Logging

/// A web server on a loopback port that answers the web API's paths as a test tells it.
struct RawServer: Sendable {
    /// Gives the answer to the method that a request names; nil leaves it without one for ever.
    let answer: @Sendable (_ method: String) -> Response?

    /// Discovery and login succeed; every other method gets `answer`.
    static func afterLogin(_ answer: @escaping @Sendable () -> Response?) -> RawServer {
        RawServer { method in
            switch method {
            case "query":
                json(
                    """
                    {"success": true, "data": {
                      "SYNO.API.Auth": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 7},
                      "SYNO.Virtualization.Guest": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 1},
                      "SYNO.Virtualization.Task": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 1}}}
                    """
                )
            case "login":
                json(
                    """
                    {"success": true, "data":
                      {"sid": "\(StubTransport.sid)", "synotoken": "\(StubTransport.token)"}}
                    """
                )
            case "logout": json(#"{"success": true}"#)
            default: answer()
            }
        }
    }

    static func json(_ text: String) -> Response {
        Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    func whileServing<Result: Sendable>(
        _ body: @escaping @Sendable (_ url: String) async throws -> Result
    ) async throws -> Result {
        let router = Router()
        for httpMethod in [HTTPRequest.Method.get, .post] {
            router.on("/webapi/entry.cgi", method: httpMethod) { request, _ in
                let body = try await request.body.collect(upTo: 1 << 16)
                let text = "\(request.uri.query ?? "")&\(String(buffer: body))"
                let method = text.split(separator: "&").first { $0.hasPrefix("method=") }?.dropFirst(7) ?? ""
                if let response = answer(String(method)) { return response }
                let (silence, continuation) = AsyncStream<Void>.makeStream()
                // Ends when the connection or the server does, as that cancels this task.
                for await _ in silence {}
                continuation.finish()
                throw CancellationError()
            }
        }
        return try await Self.whileServing(router, body)
    }

    /// Serves the routes of `router` while `body` runs.
    static func whileServing<Result: Sendable>(
        _ router: Router<BasicRequestContext>,
        _ body: @escaping @Sendable (_ url: String) async throws -> Result
    ) async throws -> Result {
        try await DSMSimulator.whileServing { onListening in
            Application(
                router: router,
                configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { onListening($0) },
                logger: Logger(label: "RawServer") { _ in SwiftLogNoOpLogHandler() }
            )
        } _: { port in
            try await body("http://127.0.0.1:\(port)")
        }
    }
}
