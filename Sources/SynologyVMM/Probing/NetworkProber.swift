import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import VirtualMachines

/// A prober over the network that this machine is on.
///
/// Certificates are not verified: a probe asks whether something answers, and guests sign their own. Nothing secret goes
/// out with one, and what comes back is judged by the script that asked. Nothing is kept open behind a probe, and proxies
/// are not used.
public struct NetworkProber: Prober {
    private let group = MultiThreadedEventLoopGroup.singleton

    /// A prober; it holds nothing and needs no end.
    public init() {}

    /// Looks the host up as all programs of this machine do, with its files and its name servers.
    public func addresses(
        of host: String,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<[IPAddress]> {
        if let address = IPAddress(host) { return .answered([address]) }
        let loop = group.any()
        return try await answer(within: timeout) {
            let promise = loop.makePromise(of: [String].self)
            // The system's function blocks its thread, and can't be called off: one leaves it behind.
            NIOThreadPool.singleton.runIfActive(eventLoop: loop) { Host(name: host).addresses }.cascade(to: promise)
            let found = try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(CancellationError())
            }
            let addresses = found.compactMap(IPAddress.init)
            guard !addresses.isEmpty else { throw ProbeFailure.unknownHost }
            return addresses
        }
    }

    /// Opens a connection, which the host sees, and closes it without a word.
    public func connect(
        to address: IPAddress,
        port: Int,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<Void> {
        let attempt = ConnectionAttempt()
        let group = group
        let answer = try await answer(within: timeout) {
            // The time's end comes as a cancellation, before that of the bootstrap's own.
            let bootstrap = ClientBootstrap(group: group).connectTimeout(TimeAmount(timeout + .seconds(1)))
                .channelInitializer { attempt.begin($0) }
            try await withTaskCancellationHandler {
                try await bootstrap.connect(host: address.description, port: port).get().close().get()
            } onCancel: {
                attempt.end()
            }
        }
        if case .failed(.noAnswer) = answer { return .failed(.noConnection) }
        return answer
    }

    /// Asks with a client of its own, whose connections end with it; the certificate may be anyone's.
    public func get(
        _ url: ProbeURL,
        at address: IPAddress,
        connecting: Duration,
        timeout: Duration
    ) async throws(CancellationError) -> ProbeAnswer<HTTPAnswer> {
        var options = HTTPClient.Configuration()
        options.dnsOverride = [url.host: address.description, "[\(url.host)]": address.description]
        options.redirectConfiguration = .disallow
        options.timeout = HTTPClient.Configuration.Timeout(connect: TimeAmount(connecting))
        options.connectionPool.retryConnectionEstablishment = false
        options.httpVersion = .http1Only
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        options.tlsConfiguration = tls
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: options)
        defer { client.shutdown { _ in } }
        return try await answer(within: timeout) {
            var request = HTTPClientRequest(url: url.description)
            request.headers.add(name: "User-Agent", value: "vmmlua")
            request.headers.add(name: "Connection", value: "close")
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            var body: [UInt8] = []
            for try await part in response.body {
                body += part.readableBytesView.prefix(HTTPAnswer.longestBody - body.count)
                guard body.count < HTTPAnswer.longestBody else { break }
            }
            return HTTPAnswer(status: Int(response.status.code), body: body)
        }
    }

    /// What `body` comes to, which is cancelled when the time is over.
    private func answer<Value: Sendable>(
        within timeout: Duration,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws(CancellationError) -> ProbeAnswer<Value> {
        do {
            return .answered(try await withinTime(timeout, body))
        } catch {
            guard !Task.isCancelled else { throw CancellationError() }
            return .failed(error is TimeLimitReached ? .noAnswer : ProbeFailure(error))
        }
    }
}
