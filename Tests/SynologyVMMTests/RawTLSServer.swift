import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

@testable import DSMSimulator

/// A port of the loopback that speaks TLS and answers nothing: it ends each connection, as a test tells it.
struct RawTLSServer: Sendable {
    enum Ending: Sendable {
        /// As soon as the connection is encrypted.
        case afterHandshake
        /// When something is asked.
        case afterRequest
    }

    let certificate: SelfSignedCertificate
    var newestTLS: TLSVersion?
    var ending = Ending.afterHandshake

    func whileListening<Result: Sendable>(_ body: (_ url: String) async throws -> Result) async throws -> Result {
        var configuration = try certificate.configuration()
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = newestTLS
        let context = try NIOSSLContext(configuration: configuration)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [ending] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.addHandler(Hangup(ending: ending))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body("https://127.0.0.1:\(server.localAddress?.port ?? 0)")
            try await server.close()
            return result
        } catch {
            try await server.close()
            throw error
        }
    }
}

private final class Hangup: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let ending: RawTLSServer.Ending

    init(ending: RawTLSServer.Ending) {
        self.ending = ending
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .afterHandshake = ending, let event = event as? TLSUserEvent, case .handshakeCompleted = event {
            hangUp(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hangUp(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func hangUp(_ context: ChannelHandlerContext) {
        context.close(promise: nil)
    }
}
