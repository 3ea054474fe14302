import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import VirtualMachines

/// Puts what the HTTP client and the sockets below it throw into words.
struct HTTPFailure {
    let address: NASAddress
    let timeout: Duration
    let now: Timestamp

    /// What `error` means; only what is known to come before the request counts as not sent.
    func reading(_ error: any Error, maximumAnswerSize: Int) -> TransportFailure {
        if error is CancellationError || (error as? HTTPClientError) == .cancelled {
            return sent(VMMError(.cancelled, "the call was cancelled", cause: "\(error)"))
        }
        if error is NIOTooManyBytesError {
            return sent(VMMError(.badAnswer, "\(place) answered more than \(maximumAnswerSize) bytes"))
        }
        if let reason = reasonNotConnected(error) {
            return notSent("cannot reach \(place): \(reason)", error)
        }
        if Self.isTimeout(error) {
            return lost("\(place) did not answer within \(timeout)", error, mayBeUnderWay: true)
        }
        if let problem = error as? CertificateProblem { return notSent(problem.error(at: place, now: now)) }
        if address.isEncrypted, Self.isForOldTLS(error) {
            return notSent(
                VMMError(
                    .unreachable,
                    "\(place) speaks only versions of TLS before 1.2, which are not safe",
                    hint: "choose another TLS profile in DSM's Control Panel > Security > Advanced",
                    cause: "\(error)"
                )
            )
        }
        if address.isEncrypted, Self.isHandshake(error) {
            return notSent(
                VMMError(
                    .unreachable,
                    "\(place) does not speak TLS",
                    hint: "check the port (DSM: 5001 for https), or write http:// where it is meant to be in the clear",
                    cause: "\(error)"
                )
            )
        }
        return lost("\(place) closed the connection before its answer was complete", error, hint: address.hintAtTLS)
    }

    private var place: String { address.hostAndPort }

    private static func isHandshake(_ error: any Error) -> Bool {
        (error as? HTTPClientError) == .tlsHandshakeTimeout || "\(error)".contains("handshake")
    }

    private static func isForOldTLS(_ error: any Error) -> Bool {
        ["UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION"].contains { "\(error)".contains($0) }
    }

    private static func isTimeout(_ error: any Error) -> Bool {
        guard let error = error as? HTTPClientError else { return error is TimeLimitReached }
        return [.readTimeout, .writeTimeout, .deadlineExceeded].contains(error)
    }

    private func reasonNotConnected(_ error: any Error) -> String? {
        switch error {
        case let error as NIOConnectionError:
            if let cause = error.connectionErrors.first?.error { return reasonNotConnected(cause) ?? "\(cause)" }
            return "the name \(error.host) is not known"
        case let error as SocketAddressError:
            guard case .unknown(let host, _) = error else { return "\(error)" }
            return "the name \(host) is not known"
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: return "connection refused"
            case EHOSTUNREACH, ENETUNREACH: return "there is no way to that network"
            default: return nil
            }
        case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            return "no connection came about in time"
        case is ChannelError:
            guard case .connectTimeout? = error as? ChannelError else { return nil }
            return "no connection came about in time"
        default:
            return nil
        }
    }

    private func notSent(_ message: String, _ cause: any Error) -> TransportFailure {
        notSent(unreachable(message, cause))
    }

    private func notSent(_ error: VMMError) -> TransportFailure {
        TransportFailure(error: error, mayHaveBeenSent: false)
    }

    private func lost(
        _ message: String,
        _ cause: any Error,
        hint: String? = nil,
        mayBeUnderWay: Bool = false
    ) -> TransportFailure {
        var error = unreachable(message, cause, mayBeUnderWay: mayBeUnderWay)
        if let hint { error.hint = "\(Self.generalHint); or \(hint)" }
        return sent(error)
    }

    private func sent(_ error: VMMError) -> TransportFailure {
        TransportFailure(error: error, mayHaveBeenSent: true)
    }

    private static let generalHint = "check that the NAS is up and that this is DSM's address and port"

    private func unreachable(_ message: String, _ cause: any Error, mayBeUnderWay: Bool = false) -> VMMError {
        VMMError(.unreachable, message, hint: Self.generalHint, cause: "\(cause)", mayBeUnderWay: mayBeUnderWay)
    }
}

extension NASAddress {
    /// What to try where a port that is spoken to in the clear doesn't answer as it should; nil for an https address.
    var hintAtTLS: String? { isEncrypted ? nil : "write https:// if this is the NAS's port for https (DSM: 5001)" }
}
