import DSMSimulator
import Foundation
import SimulatedVMM
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Whose certificate is believed, against a NAS that signs its own.
@Suite struct CertificateTests {
    private let nas = TestNAS(cluster: .standard(), scheme: .https)

    /// Connects with that trust; gives the error, if any.
    private func connect(trusting trust: CertificateTrust) async throws -> VMMError? {
        try await nas.server.whileServing { url in
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
    }

    private func fingerprint() throws -> CertificateFingerprint {
        try CertificateFingerprint("sha256:" + (try #require(nas.server.fingerprint)))
    }

    @Test func `the system doesn't trust a certificate that the NAS has signed itself, and nothing is sent`()
        async throws
    {
        let error = try #require(try await connect(trusting: .system))
        #expect(error.code == .unreachable)
        #expect(error.hint?.contains("--fingerprint") == true)
        #expect(nas.log.all.isEmpty)
    }

    @Test func `a pinned certificate is trusted, and any if one insists`() async throws {
        #expect(try await connect(trusting: .fingerprint(fingerprint())) == nil)
        #expect(try await connect(trusting: .anything) == nil)
    }

    @Test func `another certificate than the pinned one gets no request`() async throws {
        let other = try CertificateFingerprint("sha256:" + String(repeating: "ab", count: 32))
        let error = try #require(try await connect(trusting: .fingerprint(other)))
        #expect(error.code == .unreachable)
        #expect(error.message.contains(try fingerprint().description) && error.message.contains(other.description))
        #expect(nas.log.all.isEmpty)
    }

    @Test func `a certificate is trusted by the file of its authority`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pem")
        try #require(nas.server.certificatePEM).write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try await connect(trusting: .authority(file: file.path)) == nil)
    }

    @Test(arguments: [
        "", "sha256:", "sha1:" + String(repeating: "ab", count: 32), String(repeating: "ab", count: 32),
        "sha256:" + String(repeating: "ab", count: 31), "sha256:" + String(repeating: "xy", count: 32),
        "sha256:" + String(repeating: "+a", count: 32),
    ])
    func `what is no fingerprint is refused`(_ text: String) {
        #expect(throws: VMMError.self) { try CertificateFingerprint(text) }
    }

    @Test func `a fingerprint may have colons, as openssl prints it`() throws {
        let plain = try CertificateFingerprint("sha256:" + String(repeating: "ab", count: 32))
        let colons = Array(repeating: "AB", count: 32).joined(separator: ":")
        #expect(try CertificateFingerprint("SHA256:\(colons)") == plain)
    }

    @Test func `the date of an answer is read`() {
        let date = Date(httpHeader: "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(date?.timeIntervalSince1970 == 784_111_777)
        for text in [
            "", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 9223372036854775807 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:-9223372036854775808:37 GMT",
        ] { #expect(Date(httpHeader: text) == nil) }
    }
}
