import DSMSimulator
import Foundation
import SimulatedVMM
import Testing
import VirtualMachines

@testable import SynologyVMM

/// The NAS's own command instead of HTTP, by a stand-in for it.
@Suite struct LocalTransportTests {
    private func configuration(command: String) throws -> SynologyClient.Configuration {
        var configuration = try SynologyClient.Configuration(url: "local", account: "admin", password: Secret(""))
        configuration.localCommand = command
        configuration.retry.pauses = []
        return configuration
    }

    /// Runs `body` with a client whose command is a shell script.
    private func withCommand(
        _ script: String,
        timeout: Duration = .seconds(30),
        _ body: (SynologyClient) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "synowebapi-\(UUID().uuidString)")
        try "#!/bin/sh\n\(script)\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        var configuration = try configuration(command: file.path)
        configuration.requestTimeout = timeout
        let client = SynologyClient(configuration)
        try await body(client)
        await client.close()
    }

    @Test func `guests are listed, changed and followed as over HTTP, without a login of one's own`() async throws {
        let nas = TestNAS()
        let web = try nas.id("web-1")
        let standIn = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "synowebapi-stand-in.py")
        try await nas.server.whileServing { url in
            try await withCommand("exec python3 '\(standIn.path)' \(url) op '\(TestNAS.password)' \"$@\"") { client in
                #expect(try await client.guests().count == 20)
                #expect(try await client.guest(named: "web-1").id == web)
                let task = try #require(try await client.shutdown(web).taskID)
                nas.clock.advance(by: .seconds(15))
                #expect(try await client.task(task).status == .completed)
                _ = try await failure(.wrongState) { _ = try await client.shutdown(web) }
                _ = try await failure(.notFound) { _ = try await client.guest("none", additional: []) }
            }
        }
    }

    @Test(
        arguments: [
            ("{\"a\": 1}", "{\"a\": 1}"),
            ("[Line 1] param={\"x\":1}\n{\n  \"a\": \"}\\\"{\"\n}\n[Line 2] {}\n", "{\n  \"a\": \"}\\\"{\"\n}"),
            ("noise\n", nil), ("{\"a\": 1", nil), ("", nil), ("{ unfinished\n{\"b\": 2}", "{\"b\": 2}"),
        ] as [(String, String?)]
    )
    func `the answer is the object that starts on a line of its own`(_ output: String, _ answer: String?) {
        #expect(LocalTransport.answer(in: Array(output.utf8)) == answer.map { Array($0.utf8) })
    }

    @Test func `values go as JSON`() throws {
        let transport = LocalTransport(try configuration(command: "none"))
        let call = try PublicDialect().set("g", GuestSettings(memoryMB: 512, description: "a \"b\"", name: "2016"))
        let entry = APICatalog.Entry(path: "entry.cgi", versions: 1...1, quotesStrings: false)
        #expect(
            transport.arguments(of: call.request(at: entry, nil)) == [
                "--exec", "api=SYNO.Virtualization.API.Guest", "version=1", "method=set", "runner=admin",
                "guest_id=\"g\"", "vram_size=512", #"description="a \"b\"""#, "new_guest_name=\"2016\"",
            ]
        )
    }

    @Test func `elsewhere than on a NAS it says so`() async throws {
        let client = SynologyClient(try configuration(command: "/nowhere/synowebapi"))
        let error = try await failure(.unreachable) { try await client.connect() }
        #expect(error.message == "cannot run /nowhere/synowebapi")
        #expect(error.hint?.contains("on the NAS itself") == true)
    }

    @Test func `a command that answers nothing leaves a write's outcome unknown`() async throws {
        let catalog =
            #"{"success":true,"data":{"SYNO.Virtualization.Guest":{"path":"e","minVersion":1,"maxVersion":1},"#
            + #""SYNO.Virtualization.Task":{"path":"e","minVersion":1,"maxVersion":1}}}"#
        try await withCommand("case \"$*\" in *query*) echo '\(catalog)';; esac") { client in
            _ = try await failure(.unreachable) { _ = try await client.guests() }
            _ = try await failure(.outcomeUnknown) { _ = try await client.powerOn("g") }
        }
    }

    @Test func `a command that hangs is ended when its time is over, whoever keeps its output open`() async throws {
        try await withCommand("trap '' TERM; sleep 100 & sleep 100", timeout: .milliseconds(50)) { client in
            let error = try await failure(.unreachable) { try await client.connect() }
            #expect(error.message.contains("did not end within"))
        }
    }
}
