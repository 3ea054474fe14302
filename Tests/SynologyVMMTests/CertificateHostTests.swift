import Foundation
import NIOSSL
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator
@testable import SynologyVMM

/// For which hosts a certificate is believed, against servers that show such ones; nothing is sent where it isn't.
@Suite struct CertificateHostTests {
    private static func subject(
        hosts: [String] = [],
        addresses: [String] = [],
        commonName: String = "localhost"
    ) -> CertificateSubject {
        var subject = CertificateSubject()
        subject.hosts = hosts
        subject.addresses = addresses
        subject.commonName = commonName
        return subject
    }

    /// Connects to a NAS of that certificate by a host, trusting the certificate's own authority; gives the error, if any.
    private func connect(_ subject: CertificateSubject, as host: String) async throws -> (error: VMMError?, sent: Int) {
        let nas = TestNAS(cluster: .standard(guestCount: 1), scheme: .https, certificate: subject)
        let error = try await nas.server.whileServing { url in
            let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pem")
            try #require(nas.server.certificatePEM).write(to: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            return try await problem(at: url.replacing("127.0.0.1", with: host), trusting: .authority(file: file.path))
        }
        return (error, nas.log.all.count)
    }

    private func problem(at url: String, trusting trust: CertificateTrust) async throws -> VMMError? {
        var configuration = try SynologyClient.Configuration(
            url: url,
            account: "op",
            password: Secret(TestNAS.password)
        )
        configuration.trust = trust
        let client = SynologyClient(configuration)
        var problem: VMMError?
        do throws(VMMError) { try await client.connect() } catch { problem = error }
        await client.close()
        return problem
    }

    @Test(arguments: [
        (["localhost"], [], "localhost"), (["LOCALHOST."], [], "localhost"), ([], ["127.0.0.1"], "127.0.0.1"),
        (["other", "localhost"], ["10.0.0.1"], "localhost"), (["nas"], ["10.0.0.1", "127.0.0.1"], "127.0.0.1"),
    ])
    func `a certificate for the host that was asked for is believed`(
        _ hosts: [String],
        _ addresses: [String],
        _ host: String
    ) async throws {
        let (error, _) = try await connect(Self.subject(hosts: hosts, addresses: addresses), as: host)
        #expect(error == nil, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        // Only the address that the name resolves to; a name that looks like the address; a common name alone.
        ([], ["127.0.0.1"], "localhost"), (["127.0.0.1"], [], "127.0.0.1"), ([], [], "localhost"),
        ([], [], "127.0.0.1"),
        (["nas.example.com"], ["10.0.0.1"], "127.0.0.1"), (["*"], [], "localhost"), (["*.localhost"], [], "localhost"),
        (["localhos", "localhost.example.com"], ["::1"], "localhost"),
    ])
    func `a certificate for other hosts is not believed, whatever the name resolves to, and nothing is sent`(
        _ hosts: [String],
        _ addresses: [String],
        _ host: String
    ) async throws {
        let subject = Self.subject(hosts: hosts, addresses: addresses, commonName: host)
        let (error, sent) = try await connect(subject, as: host)
        let problem = try #require(error)
        #expect(problem.code == .unreachable)
        #expect(sent == 0)
        let expected = hosts + addresses
        #expect(expected.allSatisfy { problem.message.contains($0) }, "\(problem)")
        #expect(problem.message.contains(expected.isEmpty ? "is for no host" : "not for \(host)"), "\(problem)")
        #expect(problem.hint?.contains("pin it") == true)
    }

    @Test(arguments: [
        ("*.example.com", "nas.example.com", true), ("*.example.com", "NAS.Example.COM", true),
        ("*.example.com", "a.b.example.com", false), ("*.example.com", "example.com", false),
        ("n*.example.com", "nas.example.com", false), ("nas.*.com", "nas.example.com", false),
        ("*.*.com", "nas.example.com", false), ("*", "nas", false), ("*.example.com", "xn--ns-1ka.example.com", false),
        ("nas.example.com", "nas.example.com.", true), ("nas.example.com", "nas.example.com.evil", false),
        ("nas\0.example.com", "nas.example.com", false), ("", "", false), ("*.0.0.1", "127.0.0.1", false),
    ])
    func `a wildcard stands for one whole label, the left-most`(
        _ pattern: String,
        _ host: String,
        _ isMatch: Bool
    ) {
        #expect(CertificateNames(hosts: [pattern]).contain(host) == isMatch)
    }

    @Test func `an address is compared as an address, whatever its spelling`() {
        let loopback = CertificateNames(addresses: [[UInt8](repeating: 0, count: 15) + [1]])
        #expect(loopback.contain("::1") && loopback.contain("0:0:0:0:0:0:0:1"))
        #expect(!loopback.contain("127.0.0.1"))
        #expect(!CertificateNames(addresses: [[127, 0, 0]]).contain("127.0.0.1"))
    }

    @Test func `a certificate that has expired is said to have, and nothing is sent`() async throws {
        var subject = CertificateSubject()
        subject.notAfter = Timestamp(sinceEpoch: .seconds(1_600_000_000))
        let (error, sent) = try await connect(subject, as: "127.0.0.1")
        #expect(
            error?.message.hasSuffix(" has expired: it was valid until 2020-09-13") == true,
            "\(error?.description ?? "")"
        )
        #expect(sent == 0)
    }

    @Test(arguments: [(TLSVersion.tlsv1, false), (.tlsv11, false), (.tlsv12, true), (.tlsv13, true)])
    func `TLS before 1.2 is refused, and said to be why`(_ version: TLSVersion, _ isTaken: Bool) async throws {
        let certificate = try SelfSignedCertificate()
        let server = RawTLSServer(certificate: certificate, newestTLS: version, ending: .afterRequest)
        let pin = try CertificateFingerprint("sha256:\(certificate.fingerprint)")
        try await server.whileListening { url in
            let error = try #require(try await problem(at: url, trusting: .fingerprint(pin)))
            let isOld = error.message.hasSuffix(" speaks only versions of TLS before 1.2, which are not safe")
            #expect(isOld == !isTaken, "\(error) \(error.cause ?? "")")
        }
    }

    @Test(arguments: [RawTLSServer.Ending.afterHandshake, .afterRequest], [TLSVersion.tlsv12, .tlsv13])
    func `another certificate than the pinned one is said to be, also by a server that just hangs up`(
        _ ending: RawTLSServer.Ending,
        _ version: TLSVersion
    ) async throws {
        let certificate = try SelfSignedCertificate()
        let server = RawTLSServer(certificate: certificate, newestTLS: version, ending: ending)
        let pin = try CertificateFingerprint("sha256:" + String(repeating: "ab", count: 32))
        try await server.whileListening { url in
            let error = try #require(try await problem(at: url, trusting: .fingerprint(pin)))
            #expect(
                error.message.contains("shows the certificate sha256:\(certificate.fingerprint), not the pinned \(pin)")
            )
            var configuration = try SynologyClient.Configuration(url: url, account: "op", password: Secret("x"))
            configuration.trust = .fingerprint(pin)
            let checks = await Diagnosis(of: configuration).checks
            let check = try #require(checks.first { $0.name == "certificate" })
            #expect(check.verdict == .failed && check.finding.contains("not the pinned \(pin)"))
            #expect(!checks.contains { $0.advice?.contains("--fingerprint") == true })
            #expect(!checks.contains { $0.name == "login" })
        }
    }
}
