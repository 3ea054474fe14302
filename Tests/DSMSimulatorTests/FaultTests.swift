import DSMSimulator
import Foundation
import FoundationNetworking
import SimulatedVMM
import Testing
import VirtualMachines

/// What a client gets to see when something goes wrong, over a real socket.
@Suite struct FaultTests {
    private let clock = VirtualClock()
    private let log = RequestLog()
    private let write = "api=SYNO.Virtualization.Guest&version=1&method=Set&guest_name=web-1&autorun=0"

    private func server(_ faults: Fault...) -> DSMServer {
        DSMServer(
            cluster: SimulatedCluster(.standard(guestCount: 3), clock: clock),
            login: .init(account: "op", password: "pw"),
            faults: FaultPlan(faults),
            log: log
        )
    }

    /// An answer's status and body; throws what a broken connection is.
    private func call(_ url: String, _ query: String) async throws -> (status: Int, body: String) {
        let target = try #require(URL(string: "\(url)/webapi/entry.cgi?\(query)"))
        let session = URLSession(configuration: .ephemeral)
        defer { session.invalidateAndCancel() }
        let (data, response) = try await session.data(from: target)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
    }

    private func logIn(_ url: String) async throws -> String {
        let query = "api=SYNO.API.Auth&version=6&method=login&account=op&passwd=pw"
        let answer = try JSONValue(parsing: Array(try await call(url, query).body.utf8))
        guard case .string(let sid)? = answer["data"]?["sid"] else { throw VMMError(.loginRefused, answer.text) }
        return sid
    }

    private func autorun(_ server: DSMServer) throws -> Int? {
        try server.cluster.withCluster { $0.guests[0].guest.autorun }
    }

    @Test(
        "a connection that breaks gives no answer, and the write took effect or not as was planned",
        arguments: [
            (Fault.Effect.resetBefore, RequestLog.Outcome.reset, false), (.resetAfter, .reset, true),
            (.truncate, .truncated, true),
        ]
    )
    func broken(effect: Fault.Effect, outcome: RequestLog.Outcome, tookEffect: Bool) async throws {
        let server = server(Fault(effect, in: .init(method: "Set")))
        try await server.whileServing { url async throws in
            let sid = try await logIn(url)
            await #expect(throws: URLError.self) { _ = try await call(url, "\(write)&_sid=\(sid)") }
            #expect(try autorun(server) == (tookEffect ? 0 : 1))
            let entry = try #require(log.calls(of: "Set").first)
            #expect(entry.outcome == outcome)
            #expect(entry.tookEffect == tookEffect)
        }
    }

    @Test(
        "the web server in front answers in its own way, and the write takes no effect",
        arguments: [(Fault.Effect.badGateway, 502), (.html, 200)]
    )
    func webServer(effect: Fault.Effect, status: Int) async throws {
        let server = server(Fault(effect, in: .init(method: "Set")))
        try await server.whileServing { url async throws in
            let answer = try await call(url, "\(write)&_sid=\(try await logIn(url))")
            #expect(answer.status == status)
            #expect(answer.body.hasPrefix("<html>"))
            #expect(try autorun(server) == 1)
        }
    }

    @Test("a refused call does nothing, and a session that is said to be over is over", arguments: [106, 118])
    func refusal(code: Int) async throws {
        let server = server(Fault(.refuse(code: code), in: .init(guest: "web-1"), times: 1))
        try await server.whileServing { url async throws in
            let sid = try await logIn(url)
            let refused = try await call(url, "\(write)&_sid=\(sid)")
            #expect(refused.body == #"{"success":false,"error":{"code":\#(code)}}"#)
            #expect(try autorun(server) == 1)
            #expect(server.sessionCount == (code == 106 ? 0 : 1))
        }
    }

    @Test("a restart forgets sessions and tasks, and what a task began goes on")
    func restart() async throws {
        let server = server(Fault(.restart, from: .seconds(5), times: 1))
        try await server.whileServing { url async throws in
            let power = "api=SYNO.Virtualization.Guest&version=1&method=Shutdown&guest_name=web-1"
            let first = try await logIn(url)
            #expect(try await call(url, "\(power)&_sid=\(first)").body.contains("task_1"))
            clock.advance(by: .seconds(5))
            let task = "api=SYNO.Virtualization.Task&version=1&method=Get&taskid=task_1"
            #expect(try await call(url, "\(task)&_sid=\(first)").body.contains("119"))
            let second = try await logIn(url)
            #expect(try await call(url, "\(task)&_sid=\(second)").body.contains("404"))
            clock.advance(by: .seconds(10))
            #expect(try server.cluster.withCluster { $0.guests[0].guest.status } == .stopped)
        }
    }

    @Test("a delayed call is carried out when its time has come")
    func delay() async throws {
        let server = server(Fault(.delay(.seconds(30)), in: .init(method: "Set")))
        try await server.whileServing { url async throws in
            let sid = try await logIn(url)
            async let answer = call(url, "\(write)&_sid=\(sid)")
            while !clock.advanceToNextDeadline() { await Task.yield() }
            #expect(try await answer.body == #"{"success":true}"#)
            #expect(try autorun(server) == 0)
            let entry = try #require(log.calls(of: "Set").first)
            #expect(entry.outcome == .success)
            #expect(entry.tookEffect)
        }
    }

    @Test("a fault may be added while the server runs")
    func addition() async throws {
        let server = server()
        try await server.whileServing { url async throws in
            server.add(Fault(.badGateway))
            let answer = try await call(url, "api=SYNO.API.Info&version=1&method=query")
            #expect(answer.status == 502)
        }
    }

    @Test("each call is a line of JSON, with its outcome and without secrets")
    func lines() async throws {
        let server = server(Fault(.refuse(code: 117), in: .init(method: "List")))
        try await server.whileServing { url async throws in
            let sid = try await logIn(url)
            _ = try await call(url, "api=SYNO.Virtualization.Guest&version=1&method=List&_sid=\(sid)&limit=5")
        }
        #expect(log.all[0].json["outcome"] == "success")
        let line = JSONValue.object(log.all[1].json).text
        #expect(
            line == #"{"time":1800000000.0,"api":"SYNO.Virtualization.Guest","version":"1","method":"List","#
                + #""parameters":{"api":"SYNO.Virtualization.Guest","limit":"5","method":"List","version":"1"},"#
                + #""outcome":"refused","code":117,"took_effect":false}"#
        )
    }
}
