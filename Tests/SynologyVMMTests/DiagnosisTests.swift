import DSMSimulator
import SimulatedVMM
import Testing
import VirtualMachines

@testable import SynologyVMM

/// What `vmmlua doctor` finds out about a NAS.
@Suite struct DiagnosisTests {
    /// Whether all is well, and the checks by name.
    private func diagnose(
        _ nas: TestNAS,
        trust: CertificateTrust = .system,
        password: String = TestNAS.password,
        at adapt: @escaping @Sendable (String) -> String = { $0 }
    ) async throws -> (isHealthy: Bool, checks: [String: Diagnosis.Check]) {
        try await nas.server.whileServing { url in
            var configuration = try SynologyClient.Configuration(
                url: adapt(url),
                account: "op",
                password: Secret(password)
            )
            configuration.trust = trust
            let diagnosis = await Diagnosis(of: configuration)
            return (diagnosis.isHealthy, Dictionary(uniqueKeysWithValues: diagnosis.checks.map { ($0.name, $0) }))
        }
    }

    @Test func `a NAS in order shows who is logged in, the dialect, the version, the guests and what may be read`()
        async throws
    {
        let nas = TestNAS(cluster: .standard(), scheme: .https)
        let fingerprint = try CertificateFingerprint("sha256:" + (try #require(nas.server.fingerprint)))
        let (isHealthy, checks) = try await diagnose(nas, trust: .fingerprint(fingerprint))
        #expect(isHealthy)
        #expect(checks.values.allSatisfy { $0.verdict == .ok })
        #expect(checks["certificate"]?.finding == fingerprint.description)
        #expect(checks["login"]?.finding == "as op")
        #expect(checks["version"]?.finding.hasPrefix("Virtual Machine Manager 2.") == true)
        #expect(checks["guests"]?.finding == "20 visible, 14 of them running")
        #expect(checks["permissions"]?.finding.contains("guests") == true)
        #expect(nas.server.sessionCount == 0)
        #expect(nas.log.all.allSatisfy { !$0.tookEffect })
    }

    @Test func `an unknown certificate ends it before the login, and tells how to pin it`() async throws {
        let nas = TestNAS(cluster: .standard(), scheme: .https)
        let (isHealthy, checks) = try await diagnose(nas)
        #expect(!isHealthy)
        let seen = try #require(nas.server.fingerprint)
        #expect(checks["certificate"]?.advice?.contains("--fingerprint sha256:\(seen)") == true)
        #expect(checks["login"] == nil && nas.log.calls(of: "login").isEmpty)
    }

    @Test func `a wrong password is tried once`() async throws {
        let nas = TestNAS()
        let (isHealthy, checks) = try await diagnose(nas, password: "wrong")
        #expect(!isHealthy && checks["login"]?.verdict == .failed)
        #expect(nas.log.calls(of: "login").count == 1)
    }

    @Test func `the wrong scheme is told`() async throws {
        let open = try await diagnose(TestNAS(), at: { $0.replacing("http:", with: "https:") })
        #expect(open.checks["address"]?.advice?.contains("http://") == true)
        let encrypted = try await diagnose(
            TestNAS(cluster: .standard(), scheme: .https),
            at: { $0.replacing("https:", with: "http:") }
        )
        #expect(encrypted.checks["address"]?.advice?.contains("https://") == true)
    }
}
