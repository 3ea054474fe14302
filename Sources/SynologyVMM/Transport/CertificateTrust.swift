import Crypto
import NIOCore
import NIOSSL
import VirtualMachines

/// Whose certificate is believed to be the NAS's.
public enum CertificateTrust: Sendable, Hashable {
    /// One that an authority has signed which this machine trusts, for the name that was asked for.
    case system
    /// One that an authority has signed whose certificate is in a PEM file.
    case authority(file: String)
    /// That one alone, whoever signed it and for whatever name.
    case fingerprint(CertificateFingerprint)
    /// Any: whoever sits in between can read along.
    case anything
}

/// The SHA-256 of a certificate, by which one alone is meant.
public struct CertificateFingerprint: Sendable, Hashable, CustomStringConvertible {
    private let digest: [UInt8]

    /// Reads `sha256:` and 64 hexadecimal digits, with or without colons between them.
    ///
    /// Throws `badArgument`.
    public init(_ text: String) throws(VMMError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.count == 2 && parts[0].lowercased() == "sha256" ? parts[1].filter { $0 != ":" } : ""
        let pairs = stride(from: 0, to: digits.utf8.count, by: 2).map { digits.dropFirst($0).prefix(2) }
        digest = pairs.compactMap { $0.first == "+" ? nil : UInt8($0, radix: 16) }
        guard digits.utf8.count == 64, digest.count == 32 else {
            throw VMMError(
                .badArgument,
                "'\(text)' is not the fingerprint of a certificate",
                hint: "write sha256: and 64 hexadecimal digits, as `vmmlua doctor` prints it"
            )
        }
    }

    init(of certificate: NIOSSLCertificate) throws {
        digest = Array(SHA256.hash(data: try certificate.toDERBytes()))
    }

    /// `sha256:` and the digits.
    public var description: String {
        "sha256:" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension CertificateTrust {
    /// Trusts the authority whose certificate is in a PEM file.
    ///
    /// Throws `badArgument` for a file that holds none.
    public static func authority(in file: String) throws(VMMError) -> CertificateTrust {
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
            throw VMMError(
                .badArgument,
                "'\(file)' holds no certificate",
                hint: "name a PEM file: one that has BEGIN CERTIFICATE in it"
            )
        }
        return .authority(file: file)
    }

    /// What a connection is encrypted with.
    ///
    /// The handshake only tells whether an authority vouches for the certificate. Which host it is for, and whether it is the
    /// pinned one, ``check(_:for:)`` tells on every connection before anything is sent.
    var tlsConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        switch self {
        case .system: configuration.certificateVerification = .noHostnameVerification
        case .authority(let file):
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .file(file)
        case .fingerprint, .anything: configuration.certificateVerification = .none
        }
        return configuration
    }

    /// Throws unless a connection that shows this certificate may be used for what was asked of `host`.
    func check(_ certificate: SeenCertificate?, for host: String) throws(CertificateProblem) {
        switch self {
        case .anything: return
        case .fingerprint(let pinned):
            guard certificate?.fingerprint != pinned else { return }
            throw .notPinned(seen: certificate?.fingerprint, pinned: pinned)
        case .system, .authority:
            guard let certificate else { throw .untrusted(nil) }
            guard !certificate.names.contain(host) else { return }
            throw .otherHost(certificate.names, asked: host)
        }
    }
}
