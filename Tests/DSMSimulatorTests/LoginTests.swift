import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator

/// Second factors, devices, and what clients ask before and after a login.
@Suite struct LoginTests {
    private func withClient(
        otpCode: String? = nil,
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let server = DSMServer(
            cluster: SimulatedCluster(.standard(guestCount: 1), clock: VirtualClock()),
            login: .init(account: "op", password: "pw", otpCode: otpCode)
        )
        try await server.application().test(.router) { try await body($0) }
    }

    private func logIn(
        _ client: any TestClientProtocol,
        version: Int = 6,
        _ more: String = ""
    ) async throws -> JSONValue {
        try await DSMTestClient.post(
            client,
            "/webapi/entry.cgi",
            "api=SYNO.API.Auth&version=\(version)&method=login&account=op&passwd=pw&format=sid&\(more)"
        )
    }

    @Test("an account with a second factor asks for its code, and refuses a wrong one")
    func secondFactor() async throws {
        try await withClient(otpCode: "123456") { client async throws in
            let asked = try await logIn(client)
            #expect(asked["error"] == ["code": 403, "errors": ["types": [["type": "otp"]]]])
            #expect(try await logIn(client, "otp_code=654321")["error"]?["code"] == 404)
            #expect(try await logIn(client, "otp_code=123456")["success"] == true)
        }
    }

    @Test("a device that was trusted needs no code later, another one does")
    func trustedDevice() async throws {
        try await withClient(otpCode: "123456") { client async throws in
            let trusting = "otp_code=123456&enable_device_token=yes&device_name=ci"
            let first = try await logIn(client, trusting)
            guard case .string(let device)? = first["data"]?["did"] else { throw VMMError(.badAnswer, first.text) }
            #expect(try await logIn(client, "device_name=ci&device_id=\(device)")["success"] == true)
            #expect(try await logIn(client, "device_name=ci&device_id=x")["error"]?["code"] == 403)
            let second = try await logIn(client, "otp_code=123456")
            guard case .string(let other)? = second["data"]?["did"] else { throw VMMError(.badAnswer, second.text) }
            #expect(try await logIn(client, "device_id=\(other)")["error"]?["code"] == 403)
        }
    }

    @Test("codes and devices are in no log")
    func secrets() async throws {
        let log = RequestLog()
        let server = DSMServer(
            cluster: SimulatedCluster(.standard(guestCount: 1), clock: VirtualClock()),
            login: .init(account: "op", password: "pw", otpCode: "123456"),
            log: log
        )
        try await server.application()
            .test(.router) { client async throws in
                _ = try await logIn(client, "otp_code=123456&device_id=abc&ik_message=xyz")
            }
        #expect(
            log.all.map { $0.parameters.keys.sorted() } == [["account", "api", "format", "method", "version"]]
        )
    }

    @Test("the device's id is called did from version 3 on, and device_id in version 7", arguments: 1...7)
    func deviceID(version: Int) async throws {
        try await withClient { client async throws in
            let data = try await logIn(client, version: version)["data"]
            #expect((data?["did"] != nil) == (3...6).contains(version))
            #expect((data?["device_id"] != nil) == (version == 7))
        }
    }

    @Test("the login page's settings come with a cookie that is a public key")
    func loginPage() async throws {
        try await withClient { client async throws in
            try await client.execute(
                uri: "/webapi/entry.cgi/SYNO.API.Auth.UIConfig",
                method: .post,
                headers: [.contentType: "application/x-www-form-urlencoded"],
                body: ByteBuffer(string: "api=SYNO.API.Auth.UIConfig&method=get&version=1")
            ) { response in
                let cookie = try #require(response.headers[.setCookie])
                #expect(cookie.hasPrefix("_SSID="))
                #expect(cookie.prefix { $0 != ";" }.count == "_SSID=".count + 43)
                #expect(!String(buffer: response.body).contains("ik_message"))
            }
        }
    }

    @Test("the NAS tells what it is, to those who are logged in")
    func systemInfo() async throws {
        try await withClient { client async throws in
            let path = "/webapi/entry.cgi?api=SYNO.DSM.Info&version=2&method=getinfo"
            #expect(try await DSMTestClient.get(client, path)["error"]?["code"] == 119)
            guard case .string(let sid)? = try await logIn(client)["data"]?["sid"] else { return }
            #expect(try await DSMTestClient.get(client, path, cookie: "id=\(sid)")["data"]?["model"] == "DS1821+")
        }
    }
}
