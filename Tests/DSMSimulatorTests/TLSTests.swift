import AsyncHTTPClient
import DSMSimulator
import NIOCore
import NIOSSL
import SimulatedVMM
import Testing
import VirtualMachines

/// HTTPS with a certificate that vouches for itself.
@Suite struct TLSTests {
    private func server(_ scheme: DSMServer.Scheme = .https) -> DSMServer {
        DSMServer(cluster: SimulatedCluster(.standard(guestCount: 1), clock: VirtualClock()), scheme: scheme)
    }

    private func discover(_ url: String, trusting pem: String?) async throws -> String {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        if let pem { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))) }
        configuration.tlsConfiguration = tls
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        do {
            let request = HTTPClientRequest(url: "\(url)/webapi/entry.cgi?api=SYNO.API.Info&version=1&method=query")
            let response = try await client.execute(request, timeout: .seconds(10))
            let body = String(buffer: try await response.body.collect(upTo: 1 << 20))
            try await client.shutdown()
            return body
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test("a client that trusts the certificate gets its answer, also by name")
    func trusted() async throws {
        let server = server()
        try await server.whileServing { url async throws in
            #expect(url.hasPrefix("https://127.0.0.1:"))
            let byName = url.replacing("127.0.0.1", with: "localhost")
            #expect(try await discover(byName, trusting: server.certificatePEM).contains("SYNO.API.Auth"))
        }
    }

    @Test("a client that doesn't know the certificate refuses it")
    func untrusted() async throws {
        let server = server()
        try await server.whileServing { url async throws -> Void in
            await #expect(throws: (any Error).self) { _ = try await discover(url, trusting: nil) }
        }
    }

    @Test("the fingerprint is that of the certificate, and each server has its own")
    func fingerprint() throws {
        let first = server()
        #expect(first.fingerprint?.count == 64)
        #expect(first.fingerprint?.allSatisfy { "0123456789abcdef".contains($0) } == true)
        #expect(first.fingerprint != server().fingerprint)
        #expect(server(.http).fingerprint == nil)
        #expect(server(.http).certificatePEM == nil)
    }
}
