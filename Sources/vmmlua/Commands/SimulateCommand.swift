import ArgumentParser
import DSMSimulator
import Foundation
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
            """
    )

    @Option(help: ArgumentHelp("The port; 0 takes a free one.", valueName: "n"))
    var port = 5000

    @Option(help: ArgumentHelp("How many guests there are.", valueName: "n"))
    var guests = 20

    @Option(help: ArgumentHelp("Let time pass so many times as fast.", valueName: "n"))
    var speed = 1.0

    @Option(help: ArgumentHelp("The account that may log in.", valueName: "name"))
    var account = "admin"

    @Option(help: "text, or json: one line, as soon as it serves.")
    var output: OutputFormat = .text

    func execute(console: Console) async throws(UsageError) -> ExitStatus {
        try SimulationOptions.check(guestCount: guests, speed: speed)
        guard (0...65_535).contains(port) else { throw UsageError("--port must be from 0 to 65535, not \(port)") }
        guard !account.isEmpty else { throw UsageError("--account is empty") }
        let chosen = ProcessInfo.processInfo.environment["VMMLUA_PASSWORD"]
        guard chosen != "" else { throw UsageError("VMMLUA_PASSWORD is empty") }

        let (signals, continuation) = AsyncStream<Signal>.makeStream()
        let watch = SignalWatch { _ = continuation.yield($0) }
        let nas: SimulatedNAS
        do throws(VMMError) {
            nas = try await SimulatedNAS.start(
                SimulationOptions(guestCount: guests, speed: speed),
                clock: SystemClock(speed: speed),
                login: DSMServer.Login(account: account, password: chosen),
                port: port
            )
        } catch {
            throw UsageError(error)
        }
        announce(nas, isOwnPassword: chosen == nil, console.out)
        for await _ in signals { break }
        withExtendedLifetime(watch) {}
        await nas.stop()
        return .done
    }

    private func announce(_ nas: SimulatedNAS, isOwnPassword: Bool, _ out: TextOutput) {
        guard output == .text else {
            let line: JSONValue = [
                "url": .string(nas.url), "account": .string(nas.login.account), "password": .string(nas.login.password),
            ]
            return out.write(line: line.text)
        }
        // A password that came from the environment is known already, and is best not seen.
        let password = isOwnPassword ? nas.login.password : "that of VMMLUA_PASSWORD"
        let variable = isOwnPassword ? "VMMLUA_PASSWORD=\(nas.login.password) " : ""
        out.write(
            line: """
                A simulated NAS of \(guests) guests is serving; Ctrl-C ends it.

                  URL       \(nas.url)
                  account   \(account)
                  password  \(password)

                In another terminal:

                  \(variable)vmmlua run rolling-restart --host \(nas.url) --account \(account)
                """
        )
    }
}
