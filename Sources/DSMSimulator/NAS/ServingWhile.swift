import Hummingbird
import NIOCore
import NIOPosix

/// Runs a server on this machine for as long as `body` takes, which gets its port.
///
/// `makeApplication` gets what the application has to call once it listens. Throws what either throws.
package func whileServing<Result: Sendable>(
    _ makeApplication: (@escaping @Sendable (any Channel) -> Void) throws -> some ApplicationProtocol,
    _ body: @escaping @Sendable (_ port: Int) async throws -> Result
) async throws -> Result {
    let (ports, continuation) = AsyncStream<Int>.makeStream()
    let application = try makeApplication { continuation.yield($0.localAddress?.port ?? 0) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { continuation.finish() }
            try await application.run()
        }
        defer { group.cancelAll() }
        var listening = ports.makeAsyncIterator()
        guard let port = await listening.next() else {
            try await group.waitForAll()
            throw CancellationError()
        }
        do {
            let result = try await body(port)
            await awaitEarlierConnections(to: port)
            return result
        } catch {
            await awaitEarlierConnections(to: port)
            throw error
        }
    }
}

/// Waits until every connection that was made before is accepted: they are taken in order, so one more is made, and ended.
///
/// A server that is closed while it accepts a connection traps: NIO has a writer for the connection by then, that nobody finishes.
private func awaitEarlierConnections(to port: Int) async {
    let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
    guard let channel = try? await bootstrap.connect(host: "127.0.0.1", port: port).get() else { return }
    let request = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    // One that speaks TLS hangs up on that as well; nobody waits for one that doesn't hang up at all.
    let limit = channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
    _ = try? await channel.writeAndFlush(request).get()
    _ = try? await channel.closeFuture.get()
    limit.cancel()
}
