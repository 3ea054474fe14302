import ArgumentParser
import DSMSimulator
import Foundation
import SimulatedVMM
import VirtualMachines

/// `vmmlua simulate`: a simulated NAS for other programs.
struct SimulateCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Serve a simulated NAS on this machine until interrupted.",
        discussion: """
            The password is that of VMMLUA_PASSWORD, or a new one that is printed.

            EXAMPLES:
              vmmlua simulate --port 5000 --guests 20
              vmmlua simulate --port 0 --output json   for programs: one line
              vmmlua simulate --https --scenario outage.yaml --log requests.jsonl
            """
    )

    @Option(help: ArgumentHelp("The port; 0 takes a free one.", valueName: "n"))
    var port = 5000

    @Option(help: ArgumentHelp("How many guests there are; 20 unless told.", valueName: "n"))
    var guests: Int?

    @Option(help: ArgumentHelp("Take guests, timings and faults from a scenario (YAML).", valueName: "file"))
    var scenario: String?

    @Flag(help: "Serve over TLS, with a certificate made at the start.")
    var https = false

    @Option(help: ArgumentHelp("Add a line of JSON for each request to a file.", valueName: "file"))
    var log: String?

    @Option(help: ArgumentHelp("Let time pass so many times as fast.", valueName: "n"))
    var speed: Double?

    @Option(help: ArgumentHelp("The account that may log in.", valueName: "name"))
    var account = "admin"

    @Option(help: "text, or json: one line, as soon as it serves.")
    var output: OutputFormat = .text

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        try checkOptions()
        let chosen = ProcessInfo.processInfo.environment["VMMLUA_PASSWORD"]
        guard chosen != "" else { throw UsageError("VMMLUA_PASSWORD is empty") }
        let simulation = try SimulationOptions(scenarioFile: scenario, guestCount: guests, speed: speed)
        let log = try openLog()

        let (signals, continuation) = AsyncStream<Signal>.makeStream()
        let watch = SignalWatch { _ = continuation.yield($0) }
        let clock = SystemClock(speed: simulation.speed)
        let nas: SimulatedNAS
        do throws(VMMError) {
            nas = try await SimulatedNAS.start(
                DSMServer(
                    simulation.scenario,
                    clock: clock,
                    account: account,
                    password: chosen,
                    port: port,
                    scheme: https ? .https : .http,
                    log: log
                )
            )
        } catch {
            throw UsageError(error)
        }
        announce(nas, guestCount: simulation.scenario.guestCount, isOwnPassword: chosen == nil, console.out)
        for await _ in signals { break }
        withExtendedLifetime(watch) {}
        await nas.stop()
        return .done
    }

    private func checkOptions() throws(UsageError) {
        guard (0...65_535).contains(port) else { throw UsageError("--port must be from 0 to 65535, not \(port)") }
        guard !account.isEmpty else { throw UsageError("--account is empty") }
    }

    /// A log that adds to the file; one that nobody asked for would keep every request in memory.
    private func openLog() throws(UsageError) -> RequestLog? {
        guard let log else { return nil }
        if !fileExists(log) { _ = FileManager.default.createFile(atPath: log, contents: nil) }
        guard let file = FileHandle(forWritingAtPath: log), (try? file.seekToEnd()) != nil else {
            throw UsageError("cannot write '\(log)'", hint: "name a file in a folder that may be written to")
        }
        let output = TextOutput(descriptor: file.fileDescriptor)
        return RequestLog(keepsEntries: false) { entry in
            withExtendedLifetime(file) { output.write(json: JSONValue.object(entry.json)) }
        }
    }

    private func announce(_ nas: SimulatedNAS, guestCount: Int, isOwnPassword: Bool, _ out: TextOutput) {
        let fingerprint = nas.fingerprint.map { "sha256:\($0)" }
        guard output == .text else {
            var line: JSONObject = [
                "url": .string(nas.url), "account": .string(nas.login.account), "password": .string(nas.login.password),
            ]
            line["fingerprint"] = fingerprint.map { .string($0) }
            line["certificate"] = nas.certificatePEM.map { .string($0) }
            return out.write(json: JSONValue.object(line))
        }
        // A password that came from the environment is known already, and is best not seen.
        let password = isOwnPassword ? nas.login.password : "that of VMMLUA_PASSWORD"
        let variable = isOwnPassword ? "VMMLUA_PASSWORD=\(nas.login.password) " : ""
        out.write(
            line: """
                A simulated NAS of \(guestCount) guests is serving; Ctrl-C ends it.

                  URL       \(nas.url)
                  account   \(account)
                  password  \(password)
                """
        )
        let pin = fingerprint.map { " \\\n    --fingerprint \($0)" } ?? ""
        if let fingerprint { out.write(line: "  TLS       \(fingerprint)") }
        out.write(
            line: """

                In another terminal:

                  \(variable)vmmlua run rolling-restart --host \(nas.url) --account \(account)\(pin)
                """
        )
    }
}
