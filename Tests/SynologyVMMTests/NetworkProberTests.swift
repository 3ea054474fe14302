import Hummingbird
import SimulatedVMM
import Synchronization
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Probes over sockets of the loopback.
@Suite(.timeLimit(.minutes(2))) struct NetworkProberTests {
    private static let loopback = IPAddress("127.0.0.1")
    private let prober = NetworkProber()

    /// Long enough for what answers, on a busy machine too.
    private static let patience = Duration.seconds(60)

    private func get(
        _ url: String,
        timeout: Duration = patience
    ) async throws -> ProbeAnswer<HTTPAnswer> {
        let url = try #require(ProbeURL(url))
        let address = try #require(Self.loopback)
        return try await prober.get(url, at: address, connecting: timeout, timeout: timeout)
    }

    private func connect(_ port: Int, timeout: Duration = patience) async throws -> ProbeAnswer<Void> {
        try await prober.connect(to: try #require(Self.loopback), port: port, timeout: timeout)
    }

    // MARK: Names

    @Test func `a name of this machine has an address of the loopback`() async throws {
        let answer = try await prober.addresses(of: "localhost", timeout: Self.patience)
        let addresses = try #require(answer.value)
        #expect(addresses.contains { $0 == Self.loopback || $0 == IPAddress("::1") })
    }

    @Test func `an address is itself, and a name of the domain that never exists is not known`() async throws {
        let address = try await prober.addresses(of: "fd00::1", timeout: .zero)
        #expect(address.value?.map(\.description) == ["fd00::1"])
        #expect(try await prober.addresses(of: "nowhere.invalid", timeout: Self.patience).failure == .unknownHost)
    }

    // MARK: Connections

    @Test func `a port that something listens on takes a connection, another refuses it`() async throws {
        let answer = try await RawSocket().whileListening { port in try await connect(port) }
        #expect(answer.value != nil)
        #expect(try await connect(1).failure == .refused)
        #expect(try await get("http://127.0.0.1:1/").failure == .refused)
    }

    @Test func `who has no time gets no connection`() async throws {
        let answer = try await connect(1, timeout: .zero)
        #expect(answer.failure?.isBeforeConnection == true)
    }

    @Test func `who is cancelled already is not answered`() async throws {
        let task = Task {
            await silence()
            return try await connect(1)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `a connection that is given up is closed, whenever it comes about`() async throws {
        try await RawSocket()
            .whileListening { port in
                let task = Task { try await connect(port, timeout: .seconds(3_000_000_000_000)) }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
    }

    // MARK: HTTP

    @Test func `status and body are told, whatever they are`() async throws {
        try await RawServer { method in
            Response(
                status: method == "up" ? .ok : .serviceUnavailable,
                body: ResponseBody(byteBuffer: ByteBuffer(string: method))
            )
        }
        .whileServing { url in
            let up = try await get("\(url)/webapi/entry.cgi?method=up")
            #expect(up.value == HTTPAnswer(status: 200, body: Array("up".utf8)))
            let down = try await get("\(url)/webapi/entry.cgi?method=down")
            #expect(down.value == HTTPAnswer(status: 503, body: Array("down".utf8)))
        }
    }

    @Test func `a redirect is an answer, and isn't followed`() async throws {
        let count = Mutex(0)
        try await RawServer { _ in
            count.withLock { $0 += 1 }
            return Response(status: .found, headers: [.location: "/webapi/entry.cgi?method=there"])
        }
        .whileServing { url in
            let answer = try await get("\(url)/webapi/entry.cgi?method=here")
            #expect(answer.value?.status == 302)
        }
        #expect(count.withLock(\.self) == 1)
    }

    @Test(arguments: [(10, 10), (64 << 10, 64 << 10), (64 << 10 + 1, 64 << 10), (5 << 20, 64 << 10)])
    func `a body is cut where it gets long`(_ length: Int, _ expected: Int) async throws {
        try await RawServer { _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x61, count: length)))
        }
        .whileServing { url in
            let answer = try await get("\(url)/webapi/entry.cgi?method=x")
            #expect(answer.value?.body == [UInt8](repeating: 0x61, count: expected))
        }
    }

    @Test func `the name of the URL is told to the server, whatever address is connected to`() async throws {
        let router = Router()
        router.get("/ok") { request, _ in request.head.authority ?? "" }
        try await RawServer.whileServing(router) { url in
            let port = try #require(ProbeURL(url)).port
            for host in ["web.invalid", "192.0.2.1", "[2001:db8::1]"] {
                let answer = try await get("http://\(host):\(port)/ok")
                #expect(answer.value.map { String(decoding: $0.body, as: UTF8.self) } == "\(host):\(port)")
            }
        }
    }

    @Test func `a server that is silent, or falls silent in its answer, has not answered in time`() async throws {
        let router = Router()
        router.get("/silent") { _, _ -> String in
            await silence()
            return ""
        }
        router.get("/halting") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "half"))
                    await silence()
                }
            )
        }
        try await RawServer.whileServing(router) { url in
            for path in ["silent", "halting"] {
                let answer = try await get("\(url)/\(path)", timeout: .milliseconds(50))
                #expect(answer.failure == .noAnswer)
            }
        }
    }

    @Test func `a probe that is cancelled while it waits for an answer ends`() async throws {
        let (asked, continuation) = AsyncStream<Void>.makeStream()
        try await RawServer { _ in
            continuation.yield()
            return nil
        }
        .whileServing { url in
            let task = Task { try await get("\(url)/webapi/entry.cgi?method=x", timeout: .seconds(3_000_000_000_000)) }
            for await _ in asked { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    // MARK: HTTPS

    @Test func `a certificate that the server has signed itself is good enough`() async throws {
        try await TestNAS(cluster: .standard(), scheme: .https).server
            .whileServing { url in
                let port = try #require(ProbeURL(url)).port
                let query = "api=SYNO.API.Info&version=1&method=query"
                for host in ["127.0.0.1", "nas.invalid"] {
                    let answer = try await get("https://\(host):\(port)/webapi/query.cgi?\(query)")
                    #expect(answer.value?.status == 200)
                }
            }
    }

    @Test func `what speaks something else than it should is no web server`() async throws {
        let mail = RawSocket(greeting: "220 mail.example ESMTP\r\n")
        let (plain, encrypted) = try await mail.whileListening { port in
            (try await get("http://127.0.0.1:\(port)/"), try await get("https://127.0.0.1:\(port)/"))
        }
        #expect(plain.failure == .unintelligible("it doesn't speak HTTP as it should"))
        #expect(encrypted.failure == .unintelligible("it doesn't speak TLS as it should"))
    }
}

/// Ends when the task is cancelled, as a server's are with their connections.
private func silence() async {
    let (silence, continuation) = AsyncStream<Void>.makeStream()
    for await _ in silence {}
    continuation.finish()
}

extension ProbeAnswer {
    fileprivate var value: Value? {
        guard case .answered(let value) = self else { return nil }
        return value
    }

    fileprivate var failure: ProbeFailure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }
}
