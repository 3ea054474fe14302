import Hummingbird
import HummingbirdTesting
import SimulatedVMM
import Testing
import VirtualMachines

@testable import DSMSimulator

/// Discovery, login, sessions, and the many ways in which clients spell a call.
@Suite struct SessionTests {
    private let log = RequestLog()
    private let server: DSMServer

    init() {
        server = DSMServer(
            cluster: SimulatedCluster(.standard(guestCount: 3), clock: VirtualClock()),
            login: .init(account: "op", password: "s3cret &+"),
            log: log
        )
    }

    private func withClient(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        try await server.application().test(.router) { try await body($0) }
    }

    private let list = "api=SYNO.Virtualization.Guest&version=1&method=List"

    @Test("discovery needs no login and gives all APIs, or those asked for")
    func discovery() async throws {
        try await withClient { client async throws in
            for file in ["entry.cgi", "query.cgi"] {
                let all = try await DSMTestClient.get(
                    client,
                    "/webapi/\(file)?api=SYNO.API.Info&version=1&method=query&query=all"
                )
                #expect(all["data"]?["SYNO.Virtualization.Guest"]?["path"] == "entry.cgi")
                #expect(all["data"]?["SYNO.API.Auth"]?["maxVersion"] == 7)
                #expect(all["data"]?["SYNO.Virtualization.Task"] != nil)
            }
            let some = try await DSMTestClient.get(
                client,
                "/webapi/entry.cgi?api=SYNO.API.Info&version=1&method=query&query=SYNO.API.Auth,SYNO.Nothing"
            )
            guard case .object(let entries)? = some["data"] else { throw VMMError(.badAnswer, some.text) }
            #expect(entries.members.map(\.key) == ["SYNO.API.Auth"])
        }
    }

    @Test("a request that isn't a call of a known method is refused by its number")
    func refusals() async throws {
        try await withClient { client async throws in
            let calls = [
                ("version=1&method=List", 101), ("api=SYNO.Virtualization.Guest&method=List", 101),
                ("api=SYNO.Virtualization.Guest&version=1", 101), ("api=SYNO.Nothing&version=1&method=List", 102),
                ("api=SYNO.Virtualization.Guest&version=1&method=list", 103),
                ("api=SYNO.Virtualization.Guest&version=3&method=nothing", 104), (list, 119),
                ("\(list)&_sid=wrong", 119),
            ]
            for (query, code) in calls {
                let answer = try await DSMTestClient.get(client, "/webapi/entry.cgi?\(query)")
                #expect(answer == ["success": false, "error": ["code": .integer(Int64(code))]], "\(query)")
            }
        }
    }

    @Test("a wrong account or password is refused and opens no session")
    func badCredentials() async throws {
        try await withClient { client async throws in
            for form in ["account=op&passwd=wrong", "account=admin&passwd=s3cret+%26%2B", "account=op"] {
                let answer = try await DSMTestClient.post(
                    client,
                    "/webapi/entry.cgi",
                    "api=SYNO.API.Auth&version=6&method=login&\(form)"
                )
                #expect(answer["error"]?["code"] == 400)
            }
        }
        #expect(server.sessionCount == 0)
    }

    @Test("a session counts by parameter and by cookie, at every spelling of the path")
    func spellings() async throws {
        try await withClient { client async throws in
            let sid = try await DSMTestClient.logIn(client)
            let byPath = "/webapi/entry.cgi/SYNO.Virtualization.Guest"
            let answers = [
                try await DSMTestClient.get(client, "/webapi/entry.cgi?\(list)&_sid=\(sid)"),
                try await DSMTestClient.get(client, "/webapi/entry.cgi?\(list)", cookie: "x=1; id=\(sid); y=2"),
                try await DSMTestClient.post(client, byPath, "version=1&method=List&_sid=\(sid)"),
                try await DSMTestClient.post(client, "/webapi/entry.cgi?\(list)", "_sid=\(sid)&limit=5"),
            ]
            for answer in answers { #expect(answer["data"]?["total"] == 3, "\(answer.text)") }
        }
    }

    @Test("a session with a SynoToken must show it with every write, and with writes alone")
    func synoToken() async throws {
        try await withClient { client async throws in
            let login = try await DSMTestClient.get(
                client,
                "/webapi/auth.cgi?api=SYNO.API.Auth&version=3&method=login&account=op&passwd=s3cret%20%26%2B"
                    + "&enable_syno_token=yes"
            )
            guard case .string(let sid)? = login["data"]?["sid"], case .string(let token)? = login["data"]?["synotoken"]
            else { throw VMMError(.badAnswer, login.text) }
            let path = "/webapi/entry.cgi"
            let write =
                "api=SYNO.Virtualization.Guest&version=1&method=Set&guest_name=web-1&autorun=0&_sid=\(sid)"
            #expect(try await DSMTestClient.get(client, "\(path)?\(list)&_sid=\(sid)")["success"] == true)
            #expect(try await DSMTestClient.post(client, path, write)["error"]?["code"] == 119)
            #expect(try await DSMTestClient.post(client, path, write, token: "wrong")["error"]?["code"] == 119)
            #expect(try await DSMTestClient.post(client, path, write, token: token)["success"] == true)
            #expect(try await DSMTestClient.post(client, path, "\(write)&SynoToken=\(token)")["success"] == true)
        }
    }

    @Test("logout ends the session, and without a session id it says so and ends nothing")
    func logout() async throws {
        try await withClient { client async throws in
            let sid = try await DSMTestClient.logIn(client)
            let logout = "/webapi/entry.cgi?api=SYNO.API.Auth&version=7&method=logout"
            #expect(try await DSMTestClient.get(client, logout) == ["success": true])
            #expect(server.sessionCount == 1)
            #expect(try await DSMTestClient.get(client, "\(logout)&_sid=\(sid)") == ["success": true])
            #expect(server.sessionCount == 0)
            let answer = try await DSMTestClient.get(client, "/webapi/entry.cgi?\(list)&_sid=\(sid)")
            #expect(answer["error"]?["code"] == 119)
        }
    }

    @Test("the log holds every call and no secret")
    func requestLog() async throws {
        try await withClient { client async throws in
            let sid = try await DSMTestClient.logIn(client)
            _ = try await DSMTestClient.get(client, "/webapi/entry.cgi?\(list)&limit=2&_sid=\(sid)")
            #expect(log.all.map(\.method) == ["login", "List"])
            #expect(log.calls(of: "List").first?.parameters["limit"] == "2")
            #expect(!"\(log.all)".contains(sid))
            #expect(!"\(log.all)".contains("s3cret"))
        }
    }

    @Test("malformed escapes stand for themselves")
    func escapes() {
        let pairs = formPairs("a=%zz&b=%4&c=1%2B1+%C3%A9&d&=e&&f==")
        #expect(pairs.map(\.name) == ["a", "b", "c", "d", "", "f"])
        #expect(pairs.map(\.value) == ["%zz", "%4", "1+1 é", "", "e", "="])
    }
}
