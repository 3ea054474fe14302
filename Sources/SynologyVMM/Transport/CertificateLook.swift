import NIOCore
import NIOPosix
import NIOSSL
import VirtualMachines

/// A look at the certificate of a server, whoever vouches for it: the handshake ends with it, and nothing is sent.
struct CertificateLook: Sendable {
    let address: NASAddress
    /// How long it may take.
    let timeout: Duration

    /// The certificate; nil where none is shown in time.
    func certificate() async -> SeenCertificate? {
        try? await withinTime(timeout) { try await look() }
    }

    private func look() async throws -> SeenCertificate {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        let context = try NIOSSLContext(configuration: configuration)
        let name = IPAddress(address.host) == nil ? address.host : nil
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: SeenCertificate.self)
        let attempt = ConnectionAttempt()
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(TimeAmount(timeout))
            .channelInitializer { channel in
                attempt.begin(channel)
                    .flatMapThrowing {
                        let handler = try NIOSSLClientHandler(
                            context: context,
                            serverHostname: name,
                            customVerificationCallback: { chain, verdict in
                                promise.completeWith(
                                    Result {
                                        guard let leaf = chain.first else { throw ChannelError.eof }
                                        return try SeenCertificate(leaf)
                                    }
                                )
                                verdict.succeed(.failed)
                            }
                        )
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
            }
        bootstrap.connect(host: address.host, port: address.port)
            .whenComplete { result in
                switch result {
                case .success(let channel): channel.closeFuture.whenComplete { _ in promise.fail(ChannelError.eof) }
                case .failure(let error): promise.fail(error)
                }
            }
        return try await withTaskCancellationHandler {
            defer { attempt.end() }
            return try await promise.futureResult.get()
        } onCancel: {
            attempt.end()
            promise.fail(CancellationError())
        }
    }
}
