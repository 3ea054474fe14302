import Testing
import VirtualMachines

@testable import SynologyVMM

/// Passwords, session ids and tokens are seen nowhere; and where a NAS is.
@Suite struct SecretTests {
    @Test("a secret prints, dumps and interpolates as redacted, also inside a configuration")
    func redaction() throws {
        let configuration = try SynologyClient.Configuration(
            url: "http://nas:5000",
            account: "op",
            password: Secret("tell nobody")
        )
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("tell nobody"))
        }
        #expect("\(Secret("tell nobody"))" == "<redacted>")
    }

    @Test("no error of a failing session shows a password, a session id or a token")
    func errors() async throws {
        let answers = [
            "<html>", "{", #"{"success": false, "error": {"code": 119}}"#, #"{"success": true, "data": []}"#,
            #"{"success": false, "error": {"code": 401}}"#,
        ]
        for answer in answers {
            let server = RawServer.afterLogin { RawServer.json(answer) }
            try await server.whileServing { url in
                let client = try makeClient(url: url)
                for call in [{ _ = try await client.guests() }, { _ = try await client.powerOn("vm-1") }]
                    as [@Sendable () async throws -> Void]
                {
                    let error = await #expect(throws: VMMError.self) { try await call() }
                    let text = error.map { String(reflecting: $0) } ?? ""
                    for secret in [StubTransport.sid, StubTransport.token, TestNAS.password] {
                        #expect(!text.contains(secret))
                    }
                }
                await client.close()
            }
        }
    }

    @Test(
        "a URL is read with or without a slash at its end",
        arguments: [
            ("http://nas:5000", "http://nas:5000", "nas:5000"), ("HTTPS://nas:5001/", "https://nas:5001", "nas:5001"),
            ("http://10.0.0.2", "http://10.0.0.2:80", "10.0.0.2:80"),
            ("https://x.example.com/dsm/", "https://x.example.com:443/dsm", "x.example.com:443"),
            ("http://[::1]:5000", "http://[::1]:5000", "[::1]:5000"),
        ]
    )
    func addresses(text: String, url: String, place: String) throws {
        let address = try NASAddress(text)
        #expect(address.description == url)
        #expect(address.hostAndPort == place)
    }

    @Test(
        "what isn't the URL of a NAS is refused in one clear line",
        arguments: [
            "", "nas", "nas:5000", "ftp://nas", "http://", "http://nas:0", "http://nas:99999", "http://nas?x=1",
            "http://nas:5000/#x", "http://a b", "http://op:hunter2@nas:5000",
        ]
    )
    func malformedAddresses(text: String) throws {
        let error = try #require(throws: VMMError.self) { try NASAddress(text) }
        #expect(error.code == .badArgument)
        #expect(error.hint == "write it as https://nas:5001 or http://nas:5000, or local on the NAS itself")
        #expect(!error.message.contains("hunter2"))
        #expect(!error.message.contains("\n"))
    }
}
