import Foundation
import VirtualMachines

/// How a NAS stands to this program, step by step: reached, trusted, logged in to, understood.
public struct Diagnosis: Sendable {
    /// How a check ended.
    public enum Verdict: String, Sendable {
        /// All is well.
        case ok
        /// It works, but somebody should know.
        case warning
        /// It does not work.
        case failed
    }

    /// One thing that was looked at.
    public struct Check: Sendable {
        /// What was looked at.
        public var name: String
        /// How it ended.
        public var verdict: Verdict
        /// What was found.
        public var finding: String
        /// What to do about it, where something is to be done.
        public var advice: String?
    }

    /// The checks in the order in which they were made; one that failed ends them.
    public private(set) var checks: [Check] = []

    /// Whether everything works.
    public var isHealthy: Bool { checks.allSatisfy { $0.verdict != .failed } }

    /// Looks at the NAS, with a login and a logout.
    public init(of configuration: SynologyClient.Configuration) async {
        guard let sight = await reach(configuration) else { return }
        guard checkCertificate(of: configuration.address, sight, await trustProblem(configuration)) else { return }
        let client = SynologyClient(configuration)
        if await logIn(client) {
            await checkDialect(client, sight.catalog)
            await checkVersion(client)
            await checkGuests(client)
            await checkPermissions(client)
            await checkHosts(client)
            checkClock(sight)
        }
        await client.close()
    }

    private mutating func add(_ name: String, _ verdict: Verdict, _ finding: String, advice: String? = nil) {
        checks.append(Check(name: name, verdict: verdict, finding: finding, advice: advice))
    }

    private mutating func add(_ name: String, _ error: VMMError) {
        add(name, .failed, error.message, advice: error.hint)
    }

    // MARK: Before the login

    /// What a look without a login tells.
    private struct Sight {
        var catalog: APICatalog
        var certificate: CertificateFingerprint?
        /// How far the NAS's clock is ahead; to the second.
        var skew: Duration?
    }

    private mutating func reach(_ configuration: SynologyClient.Configuration) async -> Sight? {
        // Nothing secret is sent here, so anybody may answer.
        var open = configuration
        open.trust = .anything
        let http = HTTPTransport(open)
        let transport: any Transport = configuration.address.isLocal ? LocalTransport(configuration) : http
        let exchange = WebAPIExchange(transport: transport, place: configuration.address.hostAndPort)
        let start = configuration.clock.now
        let result: Result<APICatalog, VMMError>
        do throws(VMMError) { result = .success(try await exchange.discover()) } catch { result = .failure(error) }
        let (certificate, date) = (http.seenCertificate, http.seenDate)
        await transport.close()
        switch result {
        case .failure(let error):
            add("address", error)
            return nil
        case .success(let catalog):
            let milliseconds = Int((configuration.clock.now - start) / .milliseconds(1))
            add("address", .ok, "\(configuration.address.hostAndPort) answers in \(milliseconds) ms")
            return Sight(catalog: catalog, certificate: certificate, skew: date.flatMap(Self.skew))
        }
    }

    private static func skew(_ header: String) -> Duration? {
        guard let date = Date(httpHeader: header) else { return nil }
        return .seconds(date.timeIntervalSinceNow.rounded())
    }

    private func trustProblem(_ configuration: SynologyClient.Configuration) async -> VMMError? {
        guard configuration.address.isEncrypted else { return nil }
        let transport = HTTPTransport(configuration)
        let exchange = WebAPIExchange(transport: transport, place: configuration.address.hostAndPort)
        var problem: VMMError?
        do throws(VMMError) { _ = try await exchange.discover() } catch { problem = error }
        await transport.close()
        return problem
    }

    private mutating func checkCertificate(of address: NASAddress, _ sight: Sight, _ problem: VMMError?) -> Bool {
        guard address.isEncrypted else {
            if address.isLocal { return true }
            if address.isLoopback {
                add("encryption", .ok, "none, and none is needed on this machine")
            } else {
                add(
                    "encryption",
                    .warning,
                    "none: the password travels in the clear",
                    advice: "use https, as in https://nas:5001"
                )
            }
            return true
        }
        let seen = sight.certificate?.description ?? "none"
        guard let problem else {
            add("certificate", .ok, seen)
            return true
        }
        if problem.message.contains(seen) {
            add("certificate", problem)
        } else {
            add(
                "certificate",
                .failed,
                "\(problem.message); it is \(seen)",
                advice: "if this is the NAS's, pin it: --fingerprint \(seen)"
            )
        }
        return false
    }

    // MARK: After it

    private mutating func logIn(_ client: SynologyClient) async -> Bool {
        do throws(VMMError) {
            try await client.connect()
            let account = client.configuration.account
            add(
                "login",
                .ok,
                client.configuration.address.isLocal ? "none is needed; in the name of \(account)" : "as \(account)"
            )
            return true
        } catch {
            add("login", error)
            return false
        }
    }

    private mutating func checkDialect(_ client: SynologyClient, _ catalog: APICatalog) async {
        guard let dialect = try? await client.dialect() else { return }
        let apis = catalog.entries.filter { $0.key.hasPrefix("SYNO.Virtualization.") }
        guard let newest = apis.values.map(\.versions.upperBound).max() else {
            return add(
                "machines",
                .failed,
                "the NAS serves no API of Virtual Machine Manager",
                advice: "install or start Virtual Machine Manager in the NAS's Package Center"
            )
        }
        add("dialect", .ok, "\(dialect.rawValue), of \(apis.count) APIs up to version \(newest)")
    }

    private mutating func checkVersion(_ client: SynologyClient) async {
        do throws(VMMError) {
            let version = try await client.perform { _ in PackageCenter.versionOfVMM }
            add("version", .ok, version.map { "Virtual Machine Manager \($0)" } ?? "the Package Center doesn't list it")
        } catch {
            // Accounts that may use the machines need not see the packages.
            add("version", .ok, "not told to this account (\(error.code.rawValue))")
        }
    }

    private mutating func checkGuests(_ client: SynologyClient) async {
        do throws(VMMError) {
            let guests = try await client.guests()
            let running = guests.count { $0.status == .running }
            if guests.isEmpty {
                add(
                    "guests",
                    .warning,
                    "none is visible",
                    advice: "make sure that the account is of the administrators group"
                )
            } else {
                add("guests", .ok, "\(guests.count) visible, \(running) of them running")
            }
        } catch {
            add("guests", error)
        }
    }

    /// What the account may read; whether it may also write can't be known without a write.
    private mutating func checkPermissions(_ client: SynologyClient) async {
        var readable: [String] = []
        var refused: [String] = []
        func note(_ name: String, _ read: () async throws(VMMError) -> Void) async {
            do throws(VMMError) {
                try await read()
                readable.append(name)
            } catch {
                if error.code == .accessDenied { refused.append(name) }
            }
        }
        await note("guests") { () async throws(VMMError) in _ = try await client.guests() }
        await note("tasks") { () async throws(VMMError) in _ = try await client.tasks() }
        for kind in Inventory.allCases {
            await note(kind.rawValue) { () async throws(VMMError) in _ = try await client.inventory(kind) }
        }
        if refused.isEmpty {
            add(
                "permissions",
                .ok,
                "reads \(readable.joined(separator: ", ")); what it may change, only a change can show"
            )
        } else {
            add(
                "permissions",
                .warning,
                "the account may not read \(refused.joined(separator: ", "))",
                advice: "use an account of the administrators group"
            )
        }
    }

    private mutating func checkHosts(_ client: SynologyClient) async {
        let hosts: [JSONObject]
        do throws(VMMError) {
            hosts = try await client.inventory(.hosts)
        } catch {
            if error.code != .unsupported { add("hosts", error) }
            return
        }
        let troubled = hosts.filter { $0["status"] != "running" && $0["status"] != nil }
        let names = troubled.map { "\($0["host_name"]?.text ?? "?") is \($0["status"]?.text ?? "?")" }
        if names.isEmpty {
            add("hosts", .ok, "\(hosts.count), all running")
        } else {
            add(
                "hosts",
                .warning,
                names.joined(separator: ", "),
                advice: "see the cluster in Virtual Machine Manager"
            )
        }
    }

    private mutating func checkClock(_ sight: Sight) {
        guard let skew = sight.skew else { return }
        let seconds = Int(skew / .seconds(1))
        if abs(seconds) < 60 {
            add("clock", .ok, "that of the NAS differs by less than a minute")
        } else {
            add(
                "clock",
                .warning,
                "that of the NAS is \(abs(seconds)) s \(seconds > 0 ? "ahead" : "behind")",
                advice: "have both set their clocks by the network: codes of a second factor depend on it"
            )
        }
    }
}
