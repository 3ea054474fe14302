import DSMSimulator
import Hummingbird
import Logging

/// A web server that answers the web API's calls as a test tells it.
struct RawServer: Sendable {
    /// Gives the body of the answer to a method.
    let answer: @Sendable (_ method: String) -> String

    /// Discovery and login succeed; every other method gets `answer`.
    static func afterLogin(_ answer: String) -> RawServer {
        RawServer { method in
            switch method {
            case "query":
                #"""
                {"success": true, "data": {
                  "SYNO.API.Auth": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 7},
                  "SYNO.Virtualization.Guest": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 1},
                  "SYNO.Virtualization.Task": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 1}}}
                """#
            case "login": #"{"success": true, "data": {"sid": "sid-1", "synotoken": "token-1"}}"#
            case "logout": #"{"success": true}"#
            default: answer
            }
        }
    }

    func whileServing<Result: Sendable>(
        _ body: @escaping @Sendable (_ url: String) async throws -> Result
    ) async throws -> Result {
        let router = Router()
        for httpMethod in [HTTPRequest.Method.get, .post] {
            router.on("/webapi/entry.cgi", method: httpMethod) { request, _ in
                let form = String(buffer: try await request.body.collect(upTo: 1 << 16))
                let parameters = "\(request.uri.query ?? "")&\(form)".split(separator: "&")
                let method = parameters.first { $0.hasPrefix("method=") }?.dropFirst(7) ?? ""
                return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: answer(String(method)))))
            }
        }
        return try await DSMSimulator.whileServing { onListening in
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
