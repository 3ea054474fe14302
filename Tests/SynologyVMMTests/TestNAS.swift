import DSMSimulator
import SimulatedVMM
import Testing
import VirtualMachines

@testable import SynologyVMM

/// A simulated NAS on a loopback port, in virtual time, and a client that is logged in to it.
struct TestNAS: Sendable {
    static let password = "correct horse & battery"

    let clock = VirtualClock()
    let log = RequestLog()
    let cluster: SimulatedCluster
    let server: DSMServer

    init(guestCount: Int = 20) {
        self.init(cluster: .standard(guestCount: guestCount))
    }

    init(
        cluster: Cluster,
        scheme: DSMServer.Scheme = .http,
        certificate: CertificateSubject = CertificateSubject(),
        otpCode: String? = nil
    ) {
        self.cluster = SimulatedCluster(cluster, clock: clock)
        server = DSMServer(
            cluster: self.cluster,
            login: .init(account: "op", password: Self.password, otpCode: otpCode),
            scheme: scheme,
            certificate: certificate,
            dialects: [.documented],
            log: log
        )
    }

    /// The id of a guest of that name.
    func id(_ name: String) throws -> GuestID {
        try cluster.withCluster { (cluster) throws(VMMError) in try cluster.guest(named: name).guest.id }
    }

    func withClient<Result: Sendable>(
        password: String = password,
        pageSize: Int = 100,
        _ body: @escaping @Sendable (SynologyClient) async throws -> Result
    ) async throws -> Result {
        try await server.whileServing { url in
            let client = try makeClient(url: url, password: password, pageSize: pageSize)
            do {
                let result = try await body(client)
                await client.close()
                return result
            } catch {
                await client.close()
                throw error
            }
        }
    }
}

func makeClient(
    url: String,
    password: String = TestNAS.password,
    pageSize: Int = 100
) throws -> SynologyClient {
    var configuration = try SynologyClient.Configuration(url: url, account: "op", password: Secret(password))
    configuration.pageSize = pageSize
    configuration.retry.pauses = []
    return SynologyClient(configuration)
}

/// The error that `body` throws; a failure of the test if it throws none, or another kind.
func failure(
    _ code: VMMError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws -> VMMError {
    do {
        try await body()
    } catch let error as VMMError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    }
    throw VMMError(.badAnswer, "no error came, expected \(code)")
}
