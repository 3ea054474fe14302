import Synchronization
import Testing
import VirtualMachines

@testable import SynologyVMM

/// Discovery, login, the session's life and its end.
@Suite struct LoginTests {
    @Test("the first call logs in once, however many begin together, and close logs out")
    func loginOnce() async throws {
        let nas = TestNAS()
        try await nas.withClient { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await client.guests() } }
                try await group.waitForAll()
            }
            #expect(nas.server.sessionCount == 1)
        }
        #expect(nas.log.calls(of: "login").count == 1)
        #expect(nas.log.calls(of: "query").count == 1)
        #expect(nas.log.calls(of: "logout").count == 1)
        #expect(nas.server.sessionCount == 0)
    }

    @Test("a wrong password is refused once and never sent again")
    func wrongPassword() async throws {
        let nas = TestNAS()
        try await nas.withClient(password: "wrong") { client in
            for _ in 0..<3 {
                let error = try await failure(.loginRefused) { try await client.connect() }
                #expect(error.apiCode == 400)
                #expect(error.message.contains("the account or the password is wrong"))
            }
            _ = try await failure(.loginRefused) { _ = try await client.guests() }
        }
        #expect(nas.log.calls(of: "login").count == 1)
        #expect(nas.log.calls(of: "logout").isEmpty)
    }

    @Test("a session that the NAS forgot is renewed once, for reads and for writes")
    func renewal() async throws {
        let nas = TestNAS()
        let web = try nas.id("web-1")
        try await nas.withClient { client in
            try await client.connect()
            nas.server.dropSessions()
            #expect(try await client.guests().count == 20)
            nas.server.dropSessions()
            #expect(try await client.powerOff(web, force: true).taskID == "task_1")
        }
        #expect(nas.log.calls(of: "login").count == 3)
        #expect(nas.server.sessionCount == 0)
    }

    @Test("a session that is unknown right after its renewal is given up", arguments: [106, 107, 119])
    func renewalOnce(code: Int) async throws {
        let transport = StubTransport { request in
            request.method == "List" ? #"{"success": false, "error": {"code": \#(code)}}"# : nil
        }
        let client = try transport.client()
        let error = try await failure(.accessDenied) { _ = try await client.guests() }
        #expect(error.apiCode == code)
        #expect(transport.methods() == ["query", "login", "List", "query", "login", "List"])
    }

    @Test("105 after the same call had worked is a session lost, and logs in once")
    func forbiddenLater() async throws {
        let answers = Mutex([#"{"success": true, "data": {"tasks": []}}"#])
        let forgetful = StubTransport { request in
            guard request.method == "List" else { return nil }
            return answers.withLock { $0.popLast() } ?? #"{"success": false, "error": {"code": 105}}"#
        }
        let client = try forgetful.client()
        _ = try await client.tasks()
        for _ in 0..<2 {
            let error = try await failure(.accessDenied) { _ = try await client.tasks() }
            #expect(error.apiCode == 105)
        }
        #expect(
            forgetful.methods() == ["query", "login", "List", "List", "query", "login", "List", "List"]
        )
    }

    @Test("a login whose answer comes after the end is logged out of")
    func lateLogin() async throws {
        let transport = GatedTransport()
        let client = SynologyClient(try Self.configuration(), transport: transport)
        let connecting = Task { try await client.connect() }
        await transport.loginArrived()
        async let closed: Void = client.close()
        transport.openGate()
        await closed
        _ = try? await connecting.value
        #expect(transport.stub.methods() == ["query", "login", "logout"])
        #expect(transport.stub.requests.last?.credentials?.sid == Secret(StubTransport.sid))
    }

    @Test("a login that is cancelled still waits for its answer, but not for ever")
    func cancelledLogin() async throws {
        for isAnswered in [true, false] {
            let transport = GatedTransport()
            let exchange = WebAPIExchange(transport: transport, place: "nas:5000")
            var configuration = try Self.configuration()
            if !isAnswered { configuration.logoutTimeout = .milliseconds(1) }
            let login = Task { [configuration] in try await exchange.logIn(configuration) }
            await transport.loginArrived()
            login.cancel()
            if isAnswered { transport.openGate() }
            #expect(
                (try? await login.value.credentials?.sid) == (isAnswered ? Secret(StubTransport.sid) : nil)
            )
        }
    }

    private static func configuration() throws -> SynologyClient.Configuration {
        try SynologyClient.Configuration(
            url: "http://nas:5000",
            account: "op",
            password: Secret(TestNAS.password)
        )
    }

    @Test("an empty session id is no login")
    func emptySession() async throws {
        let transport = StubTransport { request in
            request.method == "login" ? #"{"success": true, "data": {"sid": ""}}"# : nil
        }
        let client = try transport.client()
        let error = try await failure(.badAnswer) { try await client.connect() }
        #expect(error.message.contains("with an empty 'sid'"))
    }

    @Test("login goes by POST in the newest version both know, to the path that the NAS names")
    func loginRequest() async throws {
        let transport = StubTransport(data: #"{"guests": [], "total": 0}"#)
        let client = try transport.client()
        _ = try await client.guests()
        let login = try #require(transport.requests.first { $0.method == "login" })
        #expect(login.isPost)
        #expect(login.version == 7)
        #expect(login.path == "auth.cgi")
        #expect(
            login.parameters.map(\.name) == ["account", "passwd", "session", "format", "enable_syno_token"]
        )
        let list = try #require(transport.requests.last)
        #expect(!list.isPost)
        #expect(list.credentials == Credentials(sid: Secret(StubTransport.sid), synoToken: Secret(StubTransport.token)))
    }

    @Test("logout carries the session, and a client that never logged in has nothing to log out of")
    func logout() async throws {
        let transport = StubTransport(data: #"{"tasks": []}"#)
        let client = try transport.client()
        _ = try await client.tasks()
        await client.close()
        #expect(transport.requests.last?.method == "logout")
        #expect(transport.requests.last?.credentials?.sid == Secret(StubTransport.sid))
        #expect(transport.hasClosed)
        _ = try await failure(.cancelled) { _ = try await client.tasks() }

        let idle = StubTransport(data: "{}")
        await (try idle.client()).close()
        #expect(idle.requests.isEmpty)
    }

    @Test("a caller that is cancelled is logged out all the same")
    func logoutOfTheCancelled() async throws {
        let transport = StubTransport(data: #"{"tasks": []}"#)
        let client = try transport.client()
        try await client.connect()
        let work = Task {
            while !Task.isCancelled { await Task.yield() }
            await client.close()
        }
        work.cancel()
        await work.value
        #expect(transport.methods() == ["query", "login", "logout"])
    }

    @Test(
        "every refusal of a login says what to do and is final",
        arguments: [400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411]
    )
    func refusals(code: Int) async throws {
        let transport = StubTransport { request in
            request.method == "login" ? #"{"success": false, "error": {"code": \#(code), "errors": {}}}"# : nil
        }
        let client = try transport.client()
        for _ in 0..<2 {
            let error = try await failure(.loginRefused) { try await client.connect() }
            #expect(error.apiCode == code)
            #expect(error.hint != nil)
            #expect(error.message.contains("code \(code)"))
        }
        #expect(transport.methods() == ["query", "login"])
    }

    @Test("a NAS without Virtual Machine Manager says so")
    func missingAPI() async throws {
        let transport = StubTransport { request in
            guard request.method == "query" else { return nil }
            return """
                {"success": true, "data":
                  {"SYNO.API.Auth": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 7}}}
                """
        }
        let client = try transport.client()
        let error = try await failure(.unsupported) { _ = try await client.guests() }
        #expect(error.message == "nas:5000 does not serve SYNO.Virtualization.Guest")
        #expect(error.hint?.contains("Virtual Machine Manager") == true)
        let task = try await failure(.unsupported) { try await client.clearTask("t") }
        #expect(task.message == "nas:5000 does not serve SYNO.Virtualization.Task")
    }
}
