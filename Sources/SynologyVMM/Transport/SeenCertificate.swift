import Foundation
import NIOSSL
import VirtualMachines

/// A certificate that a server showed.
struct SeenCertificate: Sendable, Equatable {
    var fingerprint: CertificateFingerprint
    var names: CertificateNames
    var notBefore: Timestamp
    var notAfter: Timestamp
}

extension SeenCertificate {
    init(_ certificate: NIOSSLCertificate) throws {
        fingerprint = try CertificateFingerprint(of: certificate)
        names = CertificateNames(certificate)
        notBefore = Timestamp(sinceEpoch: .seconds(certificate.notValidBefore))
        notAfter = Timestamp(sinceEpoch: .seconds(certificate.notValidAfter))
    }
}

/// Why a connection is not used: nothing was sent on it.
enum CertificateProblem: Error, Equatable {
    /// The pinned certificate was not shown; nil where none was.
    case notPinned(seen: CertificateFingerprint?, pinned: CertificateFingerprint)
    /// It is for other hosts than the one that was asked for.
    case otherHost(CertificateNames, asked: String)
    /// No trusted authority vouches for it now; nil where it could not be looked at.
    case untrusted(SeenCertificate?)

    /// What it means to a person, of the NAS at `place`.
    func error(at place: String, now: Timestamp, cause: String? = nil) -> VMMError {
        VMMError(.unreachable, message(place, now), hint: hint, cause: cause)
    }

    private func message(_ place: String, _ now: Timestamp) -> String {
        switch self {
        case .notPinned(let seen, let pinned):
            "\(place) shows the certificate \(seen?.description ?? "(none)"), not the pinned \(pinned)"
        case .otherHost(let names, let asked):
            names.words.map { "the certificate of \(place) is for \($0), not for \(asked)" }
                ?? "the certificate of \(place) is for no host: it has no subject alternative name"
        case .untrusted(let seen?) where now > seen.notAfter:
            "the certificate of \(place) has expired: it was valid until \(Self.day(seen.notAfter))"
        case .untrusted(let seen?) where now < seen.notBefore:
            "the certificate of \(place) is not valid yet: it will be from \(Self.day(seen.notBefore)) on"
        case .untrusted: "the certificate of \(place) is not one that this machine trusts"
        }
    }

    private var hint: String {
        switch self {
        case .notPinned:
            "compare it with Control Panel > Security > Certificate in DSM, over a network that you trust:"
                + " if it isn't the NAS's, somebody sits in between"
        case .otherHost(let names, _):
            (names.words == nil ? "" : "name the NAS as its certificate does; or ")
                + "see its fingerprint with `vmmlua doctor`, and pin it with --fingerprint"
        case .untrusted: "see its fingerprint with `vmmlua doctor`, and pin it with --fingerprint"
        }
    }

    private static func day(_ time: Timestamp) -> String {
        String(Date(timeIntervalSince1970: time.seconds).formatted(.iso8601).prefix(10))
    }
}
