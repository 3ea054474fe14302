import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// `vmmlua simulate` in a process of its own.
@Suite struct SimulateTests {
    private struct Announcement {
        let url: String
        let password: String
        let json: JSONValue
    }

    /// Runs a simulator until `body` is done.
    private func withSimulator(
        _ arguments: String...,
        body: (Announcement) async throws -> Void
    ) async throws {
        let simulator = try RunningCommand(["simulate", "--port", "0", "--output", "json"] + arguments)
        #expect(await simulator.out.contains("}\n"))
        let json = try JSONValue(parsing: Array(simulator.out.text.utf8))
        guard case .string(let url)? = json["url"], case .string(let password)? = json["password"] else {
            Issue.record("unreadable: \(simulator.out.text)")
            return simulator.send(.terminate)
        }
        do {
            try await body(Announcement(url: url, password: password, json: json))
        } catch {
            simulator.send(.terminate)
            throw error
        }
        simulator.send(.terminate)
        let ending = await simulator.ending()
        #expect(ending.status == 0, "\(ending.err)")
    }

    @Test("run --simulate takes a scenario, and tells in text and in JSON that an answer is missing")
    func scenarioInside() async throws {
        let yaml = """
            guests: [{name: alone}]
            faults: [{effect: reset_after, method: shutdown, times: 1}]
            """
        let script = "vmm.wait_task(vmm.shutdown('alone'))"
        try await withFile(yaml, named: "s.yaml") { scenario in
            try await withFile(script, named: "script.lua") { path in
                let run = ["run", path, "--simulate", "--speed", "100", "--scenario", scenario, "--settle", "2s"]
                let text = try await RunningCommand(run).ending()
                #expect(text.status == 0, "\(text.err)")
                #expect(text.err.contains("alone     no answer; finding out what became of it …"))
                #expect(text.err.contains("alone     stopped"))
                let events = try await RunningCommand(run + ["--output", "json"]).ending()
                #expect(events.out.contains(#""event":"answer_lost""#))
                #expect(!events.err.contains("--guests"))
            }
        }
    }

    @Test("the rolling restart gets through expiring sessions, resets and a restart, each guest exactly once")
    func rollingRestartUnderScenario() async throws {
        let yaml = """
            seed: 3
            standard_guests: 12
            timings: {boot: 2s, shutdown: 1s}
            faults:
              - {effect: expired_session, api: "SYNO.Virtualization*", skip: 5, times: 1}
              - {effect: displaced_login, api: "SYNO.Virtualization*", skip: 25, times: 1}
              - {effect: reset_after, method: shutdown, times: 2}
              - {effect: reset_before, method: poweron, times: 1}
              - {effect: reset_after, method: poweron, skip: 1, times: 1}
              - {effect: bad_gateway, method: list, skip: 8, times: 2}
              - {effect: restart, api: "SYNO.Virtualization*", skip: 30, times: 1}
            """
        try await withFile(yaml, named: "s.yaml") { scenario in
            let log = "\(scenario).jsonl"
            try await withSimulator("--https", "--scenario", scenario, "--log", log) { nas in
                guard case .string(let fingerprint)? = nas.json["fingerprint"] else { return }
                let connection = [
                    "--host", nas.url, "--account", "admin", "--fingerprint", fingerprint,
                ]
                let environment = ["VMMLUA_PASSWORD": nas.password]
                let doctor = try await RunningCommand(["doctor"] + connection, environment: environment).ending()
                #expect(doctor.status == 0, "\(doctor.out)")
                #expect(doctor.out.contains("ok       certificate  \(fingerprint)"))
                let run = try await RunningCommand(
                    ["run", "rolling-restart", "web-*", "batch=2", "--settle", "1s"] + connection,
                    environment: environment
                )
                .ending()
                #expect(run.status == 0, "\(run.err)")
                #expect(run.out == "restarted:    web-1, web-2, web-3, web-4\n")
            }
            let effects = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
                .map { try JSONValue(parsing: Array($0.utf8)) }
                .filter { $0["took_effect"] == true }
                .map { "\($0["method"]?.text ?? "") \($0["parameters"]?["guest_id"]?.text ?? "")" }
            #expect(effects.count == 8 && Set(effects).count == 8, "\(effects)")
        }
    }

    @Test("settle has its bounds", arguments: ["0", "999ms", "101s", "none", "soon", "-1"])
    func settleBounds(_ time: String) async throws {
        let ending = try await vmmlua("eval", "1", "--settle=\(time)")
        #expect(ending.status == 2)
        #expect(ending.err.contains("write a time from 1s to 100s"))
    }

    @Test("the device of a second factor is remembered, by its owner alone, or it is said why not")
    func device() async throws {
        try await withFile("otp_code: '123456'", named: "s.yaml") { scenario in
            let home = scenario + ".home"
            try await withSimulator("--scenario", scenario) { nas in
                func list(_ more: [String: String]) async throws -> RunningCommand.Ending {
                    var environment = [
                        "VMMLUA_HOST": nas.url, "VMMLUA_ACCOUNT": "admin", "VMMLUA_PASSWORD": nas.password,
                    ]
                    environment.merge(["HOME": home, "XDG_STATE_HOME": ""]) { $1 }
                    return try await vmmlua("eval", "#vmm.list()", environment: environment.merging(more) { $1 })
                }
                let first = try await list(["VMMLUA_OTP": "123 456"])
                #expect(first.out == "20\n" && first.err.isEmpty)
                let file = "\(home)/.local/state/vmmlua/devices.json"
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                #expect(try await list([:]).out == "20\n")
                let homeless = try await list(["VMMLUA_OTP": "123456", "XDG_STATE_HOME": scenario])
                #expect(homeless.out == "20\n" && homeless.err.contains("this device is not remembered"))
                #expect(try await list(["XDG_STATE_HOME": scenario]).status == 4)
            }
            try? FileManager.default.removeItem(atPath: home)
        }
    }

    @Test("a scenario gives guests and faults, and the log has every request with its outcome")
    func scenario() async throws {
        let yaml = """
            dialects: [documented]
            guests: [{name: alone}]
            faults: [{effect: refuse, code: 105, method: Shutdown}]
            """
        try await withFile(yaml, named: "s.yaml") { path in
            let log = "\(path).jsonl"
            try await withSimulator("--scenario", path, "--log", log) { nas in
                let ending = try await vmmlua(
                    "eval",
                    "vmm.shutdown('alone')",
                    "--host",
                    nas.url,
                    "--account",
                    "admin",
                    "--allow",
                    "vmm.shutdown",
                    environment: ["VMMLUA_PASSWORD": nas.password]
                )
                #expect(ending.err.contains("alone"))
                #expect(ending.status == 1)
            }
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
                .map { try JSONValue(parsing: Array($0.utf8)) }
            let shutdown = try #require(lines.first { $0["method"] == "Shutdown" })
            #expect(shutdown["outcome"] == "refused")
            #expect(shutdown["code"] == 105)
            #expect(shutdown["took_effect"] == false)
            #expect(lines.contains { $0["method"] == "login" && $0["outcome"] == "success" })
            #expect(lines.allSatisfy { !$0.text.contains("passwd") })
        }
    }

    @Test("over TLS the fingerprint of the certificate is told, and the certificate")
    func tls() async throws {
        try await withSimulator("--https") { nas in
            #expect(nas.url.hasPrefix("https://127.0.0.1:"))
            guard case .string(let fingerprint)? = nas.json["fingerprint"],
                case .string(let certificate)? = nas.json["certificate"]
            else {
                Issue.record("no certificate in \(nas.json.text)")
                return
            }
            #expect(fingerprint.hasPrefix("sha256:"))
            #expect(fingerprint.count == "sha256:".count + 64)
            #expect(certificate.hasPrefix("-----BEGIN CERTIFICATE-----"))
        }
    }

    @Test("a mistake in a scenario, or a file that can't be had, ends the command before it serves")
    func mistakes() async throws {
        try await withFile("gests: []", named: "s.yaml") { path in
            let ending = try await vmmlua("simulate", "--scenario", path)
            #expect(ending.status == 2)
            #expect(ending.err.contains("\(path):1: the key 'gests' is unknown, expected one of seed, "))
            let both = try await vmmlua("simulate", "--scenario", path, "--guests", "3")
            #expect(both.status == 2)
            #expect(both.err.contains("--guests and --scenario exclude each other"))
        }
        let missing = try await vmmlua("simulate", "--scenario", "/nowhere.yaml")
        #expect(missing.err.contains("there is no such file"))
        let unwritable = try await vmmlua("simulate", "--log", "/nowhere/log.jsonl")
        #expect(unwritable.status == 2)
        #expect(unwritable.err.contains("cannot write '/nowhere/log.jsonl'"))
    }
}
