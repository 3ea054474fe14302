import ArgumentParser
import Foundation
import SynologyVMM
import VMMScripting
import VirtualMachines

/// `vmmlua doctor`: how a NAS stands to this program.
struct DoctorCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check how a NAS can be reached and used, and say what to do.",
        discussion: """
            It logs in and out again, and changes nothing. The exit code is 0 if all works, and
            4 if the NAS can't be reached, isn't trusted, or can't be used.

            EXAMPLES:
              vmmlua doctor --host https://nas:5001 --account scripts
              vmmlua doctor --host https://nas:5001 --account scripts --fingerprint sha256:…
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(help: "text, or json: one document.")
    var output: OutputFormat = .text

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        let source = try connection.source(environment: ProcessInfo.processInfo.environment)
        let control = RunControl(console)
        let watch = SignalWatch { control.receive($0) }
        let result = await control.carryOut { () async throws(VMMError) in try await diagnose(source) }
        withExtendedLifetime(watch) {}
        if let signal = control.signal {
            console.err.write(line: "vmmlua: doctor was cancelled")
            return signal == .interrupt ? .interrupted : .terminated
        }
        let diagnosis: Diagnosis
        do throws(VMMError) { diagnosis = try result.get() } catch { throw UsageError(error) }
        switch output {
        case .text: write(diagnosis, console.out)
        case .json: console.out.write(json: json(diagnosis))
        }
        return diagnosis.isHealthy ? .done : .unreachable
    }

    private func diagnose(_ source: MachineSource) async throws(VMMError) -> Diagnosis {
        switch source {
        case .unnamed(let missing): throw VMMError(.badArgument, missing.message, hint: missing.hint)
        case .nas(let address, let account, let password, let manner):
            return await Diagnosis(of: try manner.configuration(address, account, try password.read()))
        case .simulated(let options):
            let nas = try await SimulatedNAS.start(options, clock: source.clock)
            let diagnosis = await Diagnosis(of: try nas.configuration())
            await nas.stop()
            return diagnosis
        }
    }

    private func write(_ diagnosis: Diagnosis, _ out: TextOutput) {
        let width = diagnosis.checks.map(\.name.columns).max() ?? 0
        let indentation = String(repeating: " ", count: "warning  ".count + width + 2)
        for check in diagnosis.checks {
            let verdict = check.verdict.rawValue.padded(toColumns: "warning".columns)
            out.write(line: "\(verdict)  \(check.name.padded(toColumns: width))  \(check.finding.escapingControls)")
            if let advice = check.advice { out.write(line: "\(indentation)→ \(advice.escapingControls)") }
        }
    }

    private func json(_ diagnosis: Diagnosis) -> JSONValue {
        let checks = diagnosis.checks.map { check -> JSONValue in
            var object: JSONObject = [
                "name": .string(check.name), "verdict": .string(check.verdict.rawValue),
                "finding": .string(check.finding),
            ]
            if let advice = check.advice { object["advice"] = .string(advice) }
            return .object(object)
        }
        return [
            "format": "vmmlua.doctor", "version": 1, "healthy": .bool(diagnosis.isHealthy), "checks": .array(checks),
        ]
    }
}
