import ArgumentParser
import Foundation
import SynologyVMM
import VMMScripting
import VirtualMachines

/// Which machines a script is for.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The NAS, as in https://nas:5001, or local on the NAS itself; or set VMMLUA_HOST.",
            valueName: "url"
        )
    )
    var host: String?

    @Option(help: ArgumentHelp("The account to log in with; or set VMMLUA_ACCOUNT.", valueName: "name"))
    var account: String?

    @Option(
        help: ArgumentHelp(
            "Read the password from the first line of a file, or of standard input for -. Without it, VMMLUA_PASSWORD or a prompt gives it.",
            valueName: "file"
        )
    )
    var passwordFile: String?

    @Option(
        help: ArgumentHelp(
            "The dialect of the NAS: documented, public or internal; found out unless told.",
            valueName: "name"
        )
    )
    var dialect: String?

    @Option(help: ArgumentHelp("Trust certificates that the authority in this PEM file has signed.", valueName: "file"))
    var ca: String?

    @Option(
        help: ArgumentHelp(
            "Trust the NAS's certificate by its SHA-256 alone, as `vmmlua doctor` prints it.",
            valueName: "sha256:…"
        )
    )
    var fingerprint: String?

    @Flag(help: "Trust any certificate: whoever sits in between can read along.")
    var insecure = false

    @Flag(help: "Use a simulated NAS inside this process instead.")
    var simulate = false

    @Option(help: ArgumentHelp("With --simulate: let time pass so many times as fast.", valueName: "n"))
    var speed: Double?

    @Option(help: ArgumentHelp("With --simulate: how many guests there are; 20 unless told.", valueName: "n"))
    var guests: Int?

    @Option(
        help: ArgumentHelp(
            "With --simulate: take guests, timings and faults from a scenario (YAML).",
            valueName: "file"
        )
    )
    var scenario: String?

    /// Whether the password comes from standard input.
    var readsStandardInput: Bool { passwordFile == Script.standardInput }

    /// Throws where something else, such as the script, comes from standard input and the password would as well.
    func leaveStandardInput(to reader: String) throws(UsageError) {
        guard readsStandardInput else { return }
        throw UsageError(
            "--password-file -: standard input holds \(reader), so the password can't come from there",
            hint: "give --password-file FILE or set VMMLUA_PASSWORD"
        )
    }

    /// The options as they were given, for a command line that reaches the same machines.
    private var words: [String] {
        let named: [(String, String?)] = [
            ("--host", host), ("--account", account), ("--password-file", passwordFile), ("--dialect", dialect),
            ("--ca", ca), ("--fingerprint", fingerprint), ("--speed", speed.map { "\($0)" }),
            ("--guests", guests.map { "\($0)" }), ("--scenario", scenario),
        ]
        return (simulate ? ["--simulate"] : []) + (insecure ? ["--insecure"] : [])
            + named.flatMap { flag, value in value.map { [flag, $0] } ?? [] }
    }

    /// The command line that runs another script on the same machines, with those permissions.
    func command(_ permissions: PermissionOptions) -> ScriptCommand {
        ScriptCommand(options: words + permissions.words)
    }

    /// The same, to finish what a run began; nil where the machines are gone with this process.
    func finishingCommand(_ permissions: PermissionOptions) -> ScriptCommand? {
        simulate ? nil : command(permissions)
    }

    /// What the options and the environment say; mistakes in the options are thrown.
    func source(environment: [String: String]) throws(UsageError) -> MachineSource {
        try checkOptions()
        if simulate {
            return .simulated(try SimulationOptions(scenarioFile: scenario, guestCount: guests, speed: speed))
        }
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
        if address.isLocal {
            let runner = account ?? environment["VMMLUA_ACCOUNT"].nonEmpty ?? "admin"
            var manner = try manner(of: address)
            manner.localCommand = environment["VMMLUA_SYNOWEBAPI"].nonEmpty
            return .nas(address, account: runner, password: .none, manner)
        }
        guard let account = account ?? environment["VMMLUA_ACCOUNT"].nonEmpty else {
            return .unnamed(
                UsageError(
                    "no account is named for \(address.hostAndPort)",
                    hint: "give --account NAME or set VMMLUA_ACCOUNT"
                )
            )
        }
        let password: PasswordSource =
            if readsStandardInput {
                .standardInput(for: "\(account) on \(address.hostAndPort)")
            } else if let passwordFile {
                .file(passwordFile)
            } else if let word = environment["VMMLUA_PASSWORD"] {
                .environment(Secret(word))
            } else {
                .prompt(for: "\(account) on \(address.hostAndPort)")
            }
        return .nas(address, account: account, password: password, try manner(of: address))
    }

    /// The source for this process; warns of what is careless about it on every run, as nobody reads it twice otherwise.
    func source(warningOn err: TextOutput) throws(UsageError) -> MachineSource {
        let source = try source(environment: ProcessInfo.processInfo.environment)
        if let warning = source.warning { err.writeWarning(warning) }
        return source
    }

    private func manner(of address: NASAddress) throws(UsageError) -> Manner {
        var manner = Manner()
        if let dialect {
            manner.dialect = DialectName(rawValue: dialect)
            if manner.dialect == nil {
                throw UsageError("--dialect must be documented, public or internal, not '\(dialect)'")
            }
        }
        let trusts = [("--ca", ca != nil), ("--fingerprint", fingerprint != nil), ("--insecure", insecure)]
            .filter(\.1).map(\.0)
        guard trusts.count <= 1 else { throw UsageError("\(trusts.joined(separator: " and ")) exclude each other") }
        if let first = trusts.first, !address.isEncrypted {
            throw UsageError("\(first) is for https alone, and \(address.description) is not")
        }
        if let ca {
            do { _ = try bytes(ofFile: ca, atMost: 1 << 20) } catch { throw UsageError("--ca: \(error)") }
            do { manner.trust = try .authority(in: ca) } catch {
                throw UsageError("--ca: \(error.message)", hint: error.hint)
            }
        }
        if let fingerprint {
            do { manner.trust = .fingerprint(try CertificateFingerprint(fingerprint)) } catch {
                throw UsageError(error)
            }
        }
        if insecure { manner.trust = .anything }
        return manner
    }

    private func checkOptions() throws(UsageError) {
        let ofNAS = [
            ("--host", host), ("--account", account), ("--password-file", passwordFile), ("--dialect", dialect),
            ("--ca", ca), ("--fingerprint", fingerprint),
        ]
        if insecure, simulate { throw UsageError("--insecure and --simulate exclude each other") }
        for (flag, value) in ofNAS {
            guard let value else { continue }
            guard !value.isEmpty else { throw UsageError("\(flag) is empty") }
            guard !simulate else { throw UsageError("\(flag) and --simulate exclude each other") }
        }
        let ofSimulation = [("--speed", speed != nil), ("--guests", guests != nil), ("--scenario", scenario != nil)]
        for (flag, isGiven) in ofSimulation where isGiven && !simulate {
            throw UsageError("\(flag) is for --simulate alone")
        }
    }
}

extension String? {
    /// The text, unless it is empty: an empty variable counts as unset.
    fileprivate var nonEmpty: String? { self?.isEmpty == false ? self : nil }
}
