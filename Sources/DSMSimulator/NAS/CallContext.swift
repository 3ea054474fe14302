import Foundation
import Hummingbird
import NIOCore

/// What a request brings along: the connection, so that it can be broken.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Resets the connection: the client gets an error instead of an answer.
    func reset() async throws {
        // Without a wait for what is still to be sent, the system says RST rather than FIN.
        if let socket = channel as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await close()
    }

    /// Closes the connection in good order.
    func close() async throws {
        try await channel.close()
    }
}

/// What ends the handling of a request whose connection was broken on purpose.
struct BrokenConnection: Error {}
