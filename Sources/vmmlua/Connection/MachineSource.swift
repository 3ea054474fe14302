import Foundation
import SynologyVMM
import VMMScripting
import VirtualMachines

/// Where the machines are, before anything is asked of them.
enum MachineSource: Sendable {
    /// Nowhere yet: what is missing.
    case unnamed(UsageError)
    /// On a NAS.
    case nas(NASAddress, account: String, password: PasswordSource, Manner)
    /// In a simulation inside this process.
    case simulated(SimulationOptions)

    /// The time that scripts live in.
    var clock: SystemClock {
        if case .simulated(let options) = self { SystemClock(speed: options.speed) } else { SystemClock() }
    }

    /// The locks that runs over the same machines share.
    func locks(environment: [String: String]) -> any LockTable {
        guard case .nas(let address, _, _, _) = self else { return LocalLocks() }
        let folder = StateFolder.url(environment: environment).appending(path: "locks")
        return FileLocks(folder: folder.appending(path: address.hostAndPort))
    }

    /// Where it is kept how long its guests take to boot and to shut down; nil for guests that are simulated.
    func transitionFile(environment: [String: String]) -> TransitionFile? {
        guard case .nas(let address, _, _, _) = self else { return nil }
        return TransitionFile(of: address.hostAndPort, environment: environment)
    }

    /// Where one is connected, in words.
    var label: String {
        switch self {
        case .unnamed: "no NAS"
        case .nas(let address, let account, _, _): "\(account) on \(address.hostAndPort)"
        case .simulated(let options):
            "a simulated NAS of \(options.scenario.guestCount) guests"
                + (options.speed == 1 ? "" : ", \(options.speed.formatted) times as fast")
        }
    }

    /// What is careless about it, if anything.
    var warning: String? {
        guard case .nas(let address, _, _, let manner) = self else { return nil }
        if manner.trust == .anything {
            return "--insecure trusts any certificate: the password may go to whoever sits between here and "
                + address.hostAndPort
        }
        guard !address.isEncrypted, !address.isLoopback else { return nil }
        return "\(address.description) is not encrypted: the password travels in the clear; use https"
    }
}

/// How a NAS is spoken to.
struct Manner: Sendable {
    var dialect: DialectName?
    var trust = CertificateTrust.system
    /// Stands in for the NAS's own command.
    var localCommand: String?

    func configuration(
        _ address: NASAddress,
        _ account: String,
        _ password: Secret,
        console: Console = .standard
    ) throws(VMMError) -> SynologyClient.Configuration {
        var configuration = try SynologyClient.Configuration(
            url: address.description,
            account: account,
            password: password
        )
        configuration.dialect = dialect
        configuration.trust = trust
        configuration.secondFactor = SecondFactor(
            account,
            address,
            environment: ProcessInfo.processInfo.environment,
            console: console
        )
        if let localCommand { configuration.localCommand = localCommand }
        return configuration
    }
}

extension Double {
    /// Without `.0` where it is whole.
    fileprivate var formatted: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}
