import Hummingbird
import NIOCore
import VirtualMachines

/// From a request to a response, or to a broken connection: carries out what the fault plan decides.
extension DSMServer {
    private static let maximumBody = 1 << 20

    func respond(to request: Request, _ context: CallContext) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.maximumBody)
        let sent = WebAPICall(
            pathTail: context.parameters.get("api"),
            query: request.uri.query ?? "",
            body: String(buffer: body),
            cookie: request.headers[.cookie],
            token: request.headers.first { $0.name.canonicalName == "x-syno-token" }?.value
        )
        let call = service.cipher.opened(sent)
        let pending = log?.begin(call, at: cluster.clock.wallTime)
        let decision = faults.decide(service.describe(call), at: cluster.clock.now)
        if decision.restarts { restart() }
        if decision.delay > .zero { try await cluster.clock.sleep(for: decision.delay) }

        func note(_ outcome: RequestLog.Outcome, tookEffect: Bool = false) {
            if let pending { log?.end(pending, outcome, tookEffect: tookEffect) }
        }
        switch decision.ending {
        case .refuse(let code):
            if WebAPIFailure.endsSession(code), let sid = call.sid { service.sessions.close(sid) }
            note(.refused(code: code))
            return Self.response(.failure(WebAPIFailure(code: code)))
        case .resetBefore:
            note(.reset)
            try await context.reset()
            throw BrokenConnection()
        case .badGateway:
            note(.badGateway)
            return Self.page("502 Bad Gateway", status: .badGateway)
        case .html:
            note(.html)
            return Self.page("Sign in to DSM", status: .ok)
        case .resetAfter:
            note(.reset, tookEffect: service.carryOut(call).tookEffect)
            try await context.reset()
            throw BrokenConnection()
        case .truncate:
            let exchange = service.carryOut(call)
            note(.truncated, tookEffect: exchange.tookEffect)
            return Self.truncated(exchange.answer, context)
        case .delay, .restart, nil:
            let exchange = service.carryOut(call)
            note(exchange.outcome, tookEffect: exchange.tookEffect)
            return Self.response(exchange.answer)
        }
    }

    // MARK: Responses

    private static func response(_ answer: Result<WebAPIAnswer, WebAPIFailure>) -> Response {
        var headers: HTTPFields = [.contentType: "application/json; charset=\"UTF-8\""]
        if case .success(let success) = answer, let cookie = success.cookie {
            headers[.setCookie] = "\(cookie); path=/"
        }
        let body = ByteBuffer(bytes: answer.json.serialized())
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    private static func page(_ title: String, status: HTTPResponse.Status) -> Response {
        let text = "<html><head><title>\(title)</title></head><body><h1>\(title)</h1></body></html>\n"
        return Response(
            status: status,
            headers: [.contentType: "text/html"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// Promises the whole answer and sends half of it.
    private static func truncated(
        _ answer: Result<WebAPIAnswer, WebAPIFailure>,
        _ context: CallContext
    ) -> Response {
        let bytes = answer.json.serialized()
        return Response(
            status: .ok,
            headers: [.contentType: "application/json; charset=\"UTF-8\""],
            body: ResponseBody(contentLength: bytes.count) { writer in
                try await writer.write(ByteBuffer(bytes: bytes.prefix(bytes.count / 2)))
                try await context.close()
                throw BrokenConnection()
            }
        )
    }
}
