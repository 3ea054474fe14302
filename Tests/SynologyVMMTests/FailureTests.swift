import Hummingbird
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Networks and servers that fail, over real sockets.
@Suite struct FailureTests {
    @Test("a refused connection says which host and port can't be reached, for a write too")
    func refusedConnection() async throws {
        // The port was just free, and nobody listens there any more.
        let url = try await TestNAS().server.whileServing { $0 }
        let client = try makeClient(url: url)
        let place = url.replacing("http://", with: "")
        for _ in 0..<2 {
            let error = try await failure(.unreachable) { _ = try await client.powerOn("vm-1") }
            #expect(error.message == "cannot reach \(place): connection refused")
            #expect(error.hint != nil)
        }
        await client.close()
    }

    @Test("an unknown host name is named")
    func unknownHost() async throws {
        let client = try makeClient(url: "http://no-such-host.invalid:5000")
        let error = try await failure(.unreachable) { try await client.connect() }
        #expect(error.message.contains("no-such-host.invalid"))
        await client.close()
    }

    @Test("a port that doesn't speak TLS says so to a client that does")
    func noTLS() async throws {
        try await TestNAS().server
            .whileServing { url in
                let client = try makeClient(url: url.replacing("http:", with: "https:"))
                let error = try await failure(.unreachable) { try await client.connect() }
                #expect(error.message.contains("does not speak TLS"), "\(error.cause ?? "")")
                await client.close()
            }
    }

    @Test("a client that is dropped without close lets go of its connections")
    func dropped() async throws {
        let nas = TestNAS()
        let count = try await nas.server.whileServing { url in try await makeClient(url: url).guests().count }
        #expect(count == 20)
    }

    @Test("a web page instead of the API is a bad answer with a hint")
    func webPage() async throws {
        let server = RawServer { _ in RawServer.json("<!DOCTYPE html><html><title>Web Station</title></html>") }
        try await server.whileServing { url in
            let client = try makeClient(url: url)
            let error = try await failure(.badAnswer) { try await client.connect() }
            #expect(error.message.contains("answered SYNO.API.Info query with a web page, not with the DSM API's JSON"))
            #expect(error.hint?.contains("port") == true)
            await client.close()
        }
    }

    @Test(
        "another HTTP status than 200 is no answer, and a redirect names the place it points to",
        arguments: [HTTPResponse.Status.notFound, .badGateway, .movedPermanently]
    )
    func status(status: HTTPResponse.Status) async throws {
        let server = RawServer { _ in
            Response(status: status, headers: [.location: "https://nas:5001/webapi/entry.cgi?secret=1"])
        }
        try await server.whileServing { url in
            let client = try makeClient(url: url)
            let code: VMMError.Code = status.code >= 500 ? .unreachable : .badAnswer
            let error = try await failure(code) { try await client.connect() }
            #expect(error.message.contains("HTTP \(status.code)"))
            let namesTarget = error.hint?.contains("https://nas:5001/webapi/entry.cgi") == true
            #expect(namesTarget == (status == .movedPermanently))
            #expect(!error.description.contains("secret=1"))
            await client.close()
        }
    }

    @Test("a truncated answer is a bad answer to a read, and an unknown outcome to a write")
    func truncated() async throws {
        let server = RawServer.afterLogin { RawServer.json(#"{"success": true, "data": {"task"#) }
        try await server.whileServing { url in
            let client = try makeClient(url: url)
            let read = try await failure(.badAnswer) { _ = try await client.guests() }
            #expect(read.message.contains("cut short"))
            let write = try await failure(.outcomeUnknown) { _ = try await client.shutdown("vm-1") }
            #expect(write.message.contains("the outcome of Shutdown for guest 'vm-1' is not known"))
            #expect(write.message.contains("cut short"))
            #expect(write.guest == "vm-1")
            #expect(write.method == "Shutdown")
            await client.close()
        }
    }

    @Test("an answer that does not come in time is unreachable, and the request may have taken effect")
    func timeout() async throws {
        try await RawServer { _ in nil }
            .whileServing { url in
                var configuration = try SynologyClient.Configuration(url: url, account: "op", password: Secret("x"))
                configuration.requestTimeout = .milliseconds(50)
                let transport = HTTPTransport(configuration)
                let request = WebAPIRequest(
                    path: "entry.cgi",
                    api: "SYNO.Virtualization.Guest",
                    version: 1,
                    method: "Delete",
                    isPost: true,
                    parameters: []
                )
                let failure = await #expect(throws: TransportFailure.self) { try await transport.send(request) }
                #expect(failure?.mayHaveBeenSent == true)
                #expect(failure?.error.code == .unreachable)
                #expect(failure?.error.message.contains("did not answer within 0.05 seconds") == true)
                await transport.close()
            }
    }

    @Test("an answer beyond the bound is refused")
    func tooLarge() async throws {
        let server = RawServer.afterLogin { RawServer.json(String(repeating: " ", count: 10_000)) }
        try await server.whileServing { url in
            var configuration = try SynologyClient.Configuration(url: url, account: "op", password: Secret("x"))
            configuration.maximumAnswerSize = 1_000
            let client = SynologyClient(configuration)
            let error = try await failure(.badAnswer) { _ = try await client.tasks() }
            #expect(error.message.contains("more than 1000 bytes"))
            await client.close()
        }
    }

    @Test("a read that is cancelled while the NAS is silent ends as cancelled, and a write as of unknown outcome")
    func cancellation() async throws {
        let (arrivals, continuation) = AsyncStream<Void>.makeStream()
        let server = RawServer.afterLogin {
            continuation.yield()
            return nil
        }
        try await server.whileServing { url in
            let client = try makeClient(url: url)
            var arrived = arrivals.makeAsyncIterator()
            let read = Task { _ = try await client.guests() }
            await arrived.next()
            read.cancel()
            _ = try await failure(.cancelled) { try await read.value }
            let write = Task { _ = try await client.powerOn("vm-1") }
            await arrived.next()
            write.cancel()
            _ = try await failure(.outcomeUnknown) { try await write.value }
            await client.close()
        }
    }

    @Test("a caller that waits for a silent login can be cancelled, and the client closed")
    func cancelledLogin() async throws {
        try await RawServer { _ in nil }
            .whileServing { url in
                let client = try makeClient(url: url)
                let read = Task { try await client.guests() }
                await Task.yield()
                read.cancel()
                _ = try await failure(.cancelled) { _ = try await read.value }
                await client.close()
            }
    }

    @Test("a write that could not be sent is unreachable, one that may have been sent is of unknown outcome")
    func lostWrites() async throws {
        for (mayHaveBeenSent, code) in [(true, VMMError.Code.outcomeUnknown), (false, .unreachable)] {
            let transport = StubTransport { (request) throws(TransportFailure) in
                guard request.method == "PowerOn" else { return nil }
                let error = VMMError(.unreachable, "the connection broke", cause: "reset")
                throw TransportFailure(error: error, mayHaveBeenSent: mayHaveBeenSent)
            }
            let client = try transport.client()
            let error = try await failure(code) { _ = try await client.powerOn("vm-1") }
            #expect(error.message.contains("the connection broke"))
            #expect(error.api == "SYNO.Virtualization.Guest")
            #expect(error.guest == "vm-1")
            #expect(transport.methods().filter { $0 == "PowerOn" }.count == 1)
        }
    }
}
