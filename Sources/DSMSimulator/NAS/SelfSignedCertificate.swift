import Crypto
import Foundation
import HummingbirdTLS
import SwiftASN1
import X509

/// A certificate that vouches for itself, as a NAS has when it comes out of its box.
struct SelfSignedCertificate: Sendable {
    /// The certificate, for a client to trust.
    let pem: String
    /// The SHA-256 of the certificate's DER in hexadecimal.
    let fingerprint: String
    private let privateKeyPEM: String

    /// Makes one for the loopback interface, with a key that nobody else has.
    init() throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName {
            OrganizationName("Simulated NAS")
            CommonName("localhost")
        }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            // Wide enough for any clock: nobody asks one here. 2020 to 2099.
            notValidBefore: Date(timeIntervalSince1970: 1_577_836_800),
            notValidAfter: Date(timeIntervalSince1970: 4_070_908_800),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
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
