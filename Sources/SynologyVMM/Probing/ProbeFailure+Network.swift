import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import VirtualMachines

extension ProbeFailure {
    /// What something that the sockets or the HTTP client threw means for a probe.
    init(_ error: any Error) {
        switch error {
        case let failure as ProbeFailure: self = failure
        case let error as NIOConnectionError:
            self = error.connectionErrors.first.map { ProbeFailure($0.error) } ?? .unknownHost
        case is SocketAddressError: self = .unknownHost
        case let error as IOError: self.init(error)
        case ChannelError.connectTimeout: self = .noConnection
        case let error as HTTPClientError: self.init(error)
        case is NIOSSLError, is BoringSSLError: self = .unintelligible("it doesn't speak TLS as it should")
        default: self = .unintelligible("it doesn't speak HTTP as it should")
        }
    }

    private init(_ error: IOError) {
        switch error.errnoCode {
        case ECONNREFUSED: self = .refused
        case ETIMEDOUT: self = .noConnection
        case EHOSTUNREACH, EHOSTDOWN, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL:
            self = .unreachable("there is no way to that address")
        case EMFILE, ENFILE: self = .unreachable("this machine has too many connections open")
        case EACCES, EPERM: self = .unreachable("this machine doesn't let connections there out")
        case ECONNRESET, EPIPE: self = .unintelligible("it closed the connection without an answer")
        default: self = .unreachable("\(error)")
        }
    }

    private init(_ error: HTTPClientError) {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout: self = .noConnection
        case .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout: self = .noAnswer
        case .remoteConnectionClosed: self = .unintelligible("it closed the connection without an answer")
        default: self = .unintelligible("it doesn't speak HTTP as it should")
        }
    }
}
