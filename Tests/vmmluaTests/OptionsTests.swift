import ArgumentParser
import Foundation
import SynologyVMM
import Testing
import VirtualMachines

@testable import vmmlua

/// Which machines the options and the environment name.
@Suite struct OptionsTests {
    private func source(_ arguments: String..., environment: [String: String] = [:]) throws -> MachineSource {
        try ConnectionOptions.parse(arguments).source(environment: environment)
    }

    @Test("a flag goes before the environment")
    func precedence() throws {
        let environment = ["VMMLUA_HOST": "http://one:5000", "VMMLUA_ACCOUNT": "a", "VMMLUA_PASSWORD": "p"]
        guard case .nas(let address, "a", .environment(Secret("p")), _) = try source(environment: environment) else {
            Issue.record("not the environment's")
            return
        }
        #expect(address.hostAndPort == "one:5000")
        let flags = try source(
            "--host",
            "https://two",
            "--account",
            "b",
            "--password-file",
            "f",
            environment: environment
        )
        guard case .nas(let other, "b", .file("f"), _) = flags else {
            Issue.record("not the flags'")
            return
        }
        #expect(other.hostAndPort == "two:443")
        let simulation = try source("--simulate", "--guests", "3", "--speed", "60", environment: environment)
        guard case .simulated(let options) = simulation, options.scenario.guestCount == 3, options.speed == 60 else {
            Issue.record("not simulated")
            return
        }
    }

    @Test("an empty variable counts as unset")
    func emptyVariables() throws {
        guard case .unnamed(let missing) = try source(environment: ["VMMLUA_HOST": ""]) else {
            Issue.record("named")
            return
        }
        #expect(missing.message == "no NAS is named")
    }

    @Test("a password is the first line of its file, without the line's end")
    func passwordFile() async throws {
        let secret = try await withFile("se cret\r\nmore\n", named: "p") { path in
            try PasswordSource.file(path).read()
        }
        #expect(secret == Secret("se cret"))
        try await withFile("\n", named: "p") { path in
            _ = #expect(throws: VMMError.self) { try PasswordSource.file(path).read() }
        }
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("piped\n".utf8))
        try pipe.fileHandleForWriting.close()
        let piped = try PasswordSource.file("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
            .read()
        #expect(piped == Secret("piped"))
        #expect(throws: VMMError.self) { try PasswordSource.file("/nowhere").read() }
        #expect(throws: VMMError.self) { try PasswordSource.environment(Secret("")).read() }
    }

    @Test("every shipped workflow is there, and each has a head comment")
    func workflows() {
        let names = ["rolling-restart", "staged-shutdown", "ups-shutdown", "resize", "nightly-maintenance", "audit"]
        #expect(Workflow.all.map(\.name) == names)
        for workflow in Workflow.all { #expect(!workflow.script.headComment.isEmpty) }
        #expect(Workflow.named("staged-shutdown.lua") != nil)
    }
}
