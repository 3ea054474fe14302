import Crypto
import Foundation
import HummingbirdTLS
import SwiftASN1
import VirtualMachines
import X509

/// What the certificate of a simulated NAS says of itself.
public struct CertificateSubject: Sendable {
    /// The common name, by which nobody should know a host any more.
    public var commonName = "localhost"
    /// The names of hosts that it is for; may begin with `*.`.
    public var hosts = ["localhost"]
    /// The addresses that it is for.
    public var addresses = ["127.0.0.1"]
    /// The last instant at which it is valid; wide enough for any clock, unless told: the end of 2098.
    public var notAfter = Timestamp(sinceEpoch: .seconds(4_070_908_800))

    /// One for the loopback interface.
    public init() {}
}

/// A certificate that vouches for itself, as a NAS has when it comes out of its box.
struct SelfSignedCertificate: Sendable {
    /// The certificate, for a client to trust.
    let pem: String
    /// The SHA-256 of the certificate's DER in hexadecimal.
    let fingerprint: String
    private let privateKeyPEM: String

    /// Makes one with a key that nobody else has.
    init(_ subject: CertificateSubject = CertificateSubject()) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName {
            OrganizationName("Simulated NAS")
            CommonName(subject.commonName)
        }
        let alternatives =
            subject.hosts.map { GeneralName.dnsName($0) }
            + subject.addresses.compactMap { IPAddress($0) }
            .map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0.bytes[...])) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            // The beginning of 2020.
            notValidBefore: Date(timeIntervalSince1970: 1_577_836_800),
            notValidAfter: Date(timeIntervalSince1970: subject.notAfter.seconds),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([.serverAuth])
                if !alternatives.isEmpty { SubjectAlternativeNames(alternatives) }
            },
            issuerPrivateKey: key
        )
        let document = try certificate.serializeAsPEM()
        self.pem = document.pemString
        self.fingerprint = SHA256.hash(data: document.derBytes).hexadecimal
        self.privateKeyPEM = try key.serializeAsPEM().pemString
    }

    /// What a server speaks TLS with.
    func configuration() throws -> TLSConfiguration {
        try TLSConfiguration.makeServerConfiguration(
            certificateChain: NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).map { .certificate($0) },
            privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem))
        )
    }
}
