import ArgumentParser
import SynologyVMM
import VirtualMachines

/// Which machines a script is for.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The NAS, as in https://nas:5001; or set VMMLUA_HOST.", valueName: "url"))
    var host: String?

    @Option(help: ArgumentHelp("The account to log in with; or set VMMLUA_ACCOUNT.", valueName: "name"))
    var account: String?

    @Option(
        help: ArgumentHelp(
            "Read the password from the first line of a file. Without it, VMMLUA_PASSWORD or a prompt gives it.",
            valueName: "file"
        )
    )
    var passwordFile: String?

    @Flag(help: "Use a simulated NAS inside this process instead.")
    var simulate = false

    @Option(help: ArgumentHelp("With --simulate: let time pass so many times as fast.", valueName: "n"))
    var speed: Double?

    @Option(help: ArgumentHelp("With --simulate: how many guests there are; 20 unless told.", valueName: "n"))
    var guests: Int?

    /// What the options and the environment say; mistakes in the options are thrown.
    func source(environment: [String: String]) throws(UsageError) -> MachineSource {
        try checkOptions()
        if simulate { return .simulated(SimulationOptions(guestCount: guests ?? 20, speed: speed ?? 1)) }
        guard let host = host ?? environment["VMMLUA_HOST"].nonEmpty else {
            return .unnamed(
                UsageError(
                    "no NAS is named",
                    hint:
                        "give --host URL --account NAME, set VMMLUA_HOST and VMMLUA_ACCOUNT, or try it with --simulate"
                )
            )
        }
        let address: NASAddress
        do { address = try NASAddress(host) } catch { throw UsageError(error) }
        guard let account = account ?? environment["VMMLUA_ACCOUNT"].nonEmpty else {
            return .unnamed(
                UsageError(
                    "no account is named for \(address.hostAndPort)",
                    hint: "give --account NAME or set VMMLUA_ACCOUNT"
                )
            )
        }
        let password: PasswordSource =
            if let passwordFile {
                .file(passwordFile)
            } else if let word = environment["VMMLUA_PASSWORD"] {
                .environment(Secret(word))
            } else {
                .prompt(for: "\(account) on \(address.hostAndPort)")
            }
        return .nas(address, account: account, password: password)
    }

    private func checkOptions() throws(UsageError) {
        for (flag, value) in [("--host", host), ("--account", account), ("--password-file", passwordFile)] {
            guard let value else { continue }
            guard !value.isEmpty else { throw UsageError("\(flag) is empty") }
            guard !simulate else { throw UsageError("\(flag) and --simulate exclude each other") }
        }
        for (flag, isGiven) in [("--speed", speed != nil), ("--guests", guests != nil)] where isGiven && !simulate {
            throw UsageError("\(flag) is for --simulate alone")
        }
        try SimulationOptions.check(guestCount: guests, speed: speed)
    }
}

extension SimulationOptions {
    /// Throws for values that no simulation can have.
    static func check(guestCount: Int?, speed: Double?) throws(UsageError) {
        if let speed, !(speed >= 0.001 && speed <= 1_000_000) {
            throw UsageError("--speed must be from 0.001 to 1000000, not \(speed)")
        }
        if let guestCount, !(0...10_000).contains(guestCount) {
            throw UsageError("--guests must be from 0 to 10000, not \(guestCount)")
        }
    }
}

extension String? {
    /// The text, unless it is empty: an empty variable counts as unset.
    fileprivate var nonEmpty: String? { self?.isEmpty == false ? self : nil }
}
