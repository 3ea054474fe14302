import NIOCore
import NIOPosix

/// A NAS that sends some of its answers byte by byte, without an end.
struct DrippingServer: Sendable {
    /// Gives the answer to the method that a request names; nil drips one.
    let answer: @Sendable (_ method: String) -> String?

    /// Drips the answers to those methods, and is in good order otherwise.
    static func drippingAnswers(to isSlow: @escaping @Sendable (String) -> Bool) -> DrippingServer {
        DrippingServer { isSlow($0) ? nil : StubTransport { _ in nil }.goodAnswer(to: $0) }
    }

    func whileListening<Result: Sendable>(_ body: (_ url: String) async throws -> Result) async throws -> Result {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [answer] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Dripper(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body("http://127.0.0.1:\(server.localAddress?.port ?? 0)")
            try await server.close()
            return result
        } catch {
            try await server.close()
            throw error
        }
    }
}

private final class Dripper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: @Sendable (String) -> String?
    private var request = ""

    init(answer: @escaping @Sendable (String) -> String?) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        // The head of a POST comes before its body, which holds the method.
        guard let start = request.firstRange(of: "method="), request.contains("\r\n\r\n") else { return }
        let method = request[start.upperBound...].prefix { $0.isLetter }
        let text = answer(String(method))
        request = ""
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(text?.utf8.count ?? 1 << 20)\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head + (text ?? ""))), promise: nil)
        guard text == nil else { return }
        let channel = context.channel
        let drops = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { _ in
            channel.writeAndFlush(ByteBuffer(string: " "), promise: nil)
        }
        channel.closeFuture.whenComplete { _ in drops.cancel() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
