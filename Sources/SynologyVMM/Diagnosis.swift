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

    /// The checks in the order in which they were made; none follows one without which it makes no sense.
    public private(set) var checks: [Check] = []

    /// Whether everything works.
    public var isHealthy: Bool { checks.allSatisfy { $0.verdict != .failed } }

    /// Looks at the NAS, with a login and a logout.
    public init(of configuration: SynologyClient.Configuration) async {
        guard let sight = await reach(configuration) else { return }
        let problem = await trustProblem(configuration)
        guard checkCertificate(of: configuration.address, configuration.trust, sight, problem) else { return }
        let client = SynologyClient(configuration)
        if await logIn(client) {
            if await checkDialect(client, sight.catalog) {
                await checkVersion(client)
                let readings = await Readings(client)
                checkGuests(readings)
                checkPermissions(readings)
                checkHosts(readings)
            }
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
        return Duration(clampingSeconds: date.timeIntervalSinceNow.rounded())
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

    private mutating func checkCertificate(
        of address: NASAddress,
        _ trust: CertificateTrust,
        _ sight: Sight,
        _ problem: VMMError?
    ) -> Bool {
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
            if trust == .anything {
                add(
                    "certificate",
                    .warning,
                    "\(seen), but any is trusted: the password may go to whoever sits in between",
                    advice: "if this is the NAS's, pin it instead: --fingerprint \(seen)"
                )
            } else {
                add("certificate", .ok, seen)
            }
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

    /// Whether there are machines at all.
    private mutating func checkDialect(_ client: SynologyClient, _ catalog: APICatalog) async -> Bool {
        guard let dialect = try? await client.dialect() else { return false }
        let apis = catalog.entries.filter { $0.key.hasPrefix("SYNO.Virtualization.") }
        guard let newest = apis.values.map(\.versions.upperBound).max() else {
            add(
                "machines",
                .failed,
                "the NAS serves no API of Virtual Machine Manager",
                advice: "install or start Virtual Machine Manager in the NAS's Package Center"
            )
            return false
        }
        let missing = dialect.apis.filter { catalog.entries[$0] == nil }
        guard missing.isEmpty else {
            add(
                "dialect",
                .failed,
                "the NAS doesn't serve the \(dialect.rawValue) dialect: \(missing.joined(separator: ", ")) is missing",
                advice: "leave --dialect out: \(DialectName(for: catalog).rawValue) fits"
            )
            return false
        }
        add("dialect", .ok, "\(dialect.rawValue), of \(apis.count) APIs up to version \(newest)")
        return true
    }

    private mutating func checkVersion(_ client: SynologyClient) async {
        do throws(VMMError) {
            let version = try await client.perform { _ in PackageCenter.installedVersion }
            add("version", .ok, version.map { "Virtual Machine Manager \($0)" } ?? "the Package Center doesn't list it")
        } catch {
            // An account that may use the machines need not see the packages.
            guard [.accessDenied, .unsupported].contains(error.code) else { return add("version", error) }
            add("version", .ok, "the NAS doesn't tell this account")
        }
    }

    private mutating func checkGuests(_ readings: Readings) {
        guard case .success(let guests) = readings.guests else { return }
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
    }

    /// What the account may read; whether it may also write can't be known without a write.
    private mutating func checkPermissions(_ readings: Readings) {
        let refused = readings.all.filter { $0.problem?.code == .accessDenied }.map(\.name)
        let readable = readings.all.filter { $0.problem == nil }.map(\.name)
        if let problem = readings.all.compactMap(\.problem)
            .first(where: {
                ![.accessDenied, .unsupported].contains($0.code)
            })
        {
            add("permissions", problem)
        } else if !refused.isEmpty {
            add(
                "permissions",
                refused.contains("guests") ? .failed : .warning,
                "the account may not read \(refused.joined(separator: ", "))",
                advice: "use an account of the administrators group"
            )
        } else {
            add(
                "permissions",
                .ok,
                "reads \(readable.joined(separator: ", ")); what it may change, only a change can show"
            )
        }
    }

    private mutating func checkHosts(_ readings: Readings) {
        guard case .success(let hosts)? = readings.inventories[.hosts] else { return }
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

/// Everything that an account can be shown, or why it isn't.
private struct Readings {
    let guests: Result<[Guest], VMMError>
    let tasks: Result<[TaskID], VMMError>
    private(set) var inventories: [Inventory: Result<[JSONObject], VMMError>] = [:]

    init(_ client: SynologyClient) async {
        guests = await Self.reading { () async throws(VMMError) in try await client.guests() }
        tasks = await Self.reading { () async throws(VMMError) in try await client.tasks() }
        for kind in Inventory.allCases {
            inventories[kind] = await Self.reading { () async throws(VMMError) in try await client.inventory(kind) }
        }
    }

    private static func reading<Value>(
        _ read: () async throws(VMMError) -> Value
    ) async -> Result<Value, VMMError> {
        do throws(VMMError) { return .success(try await read()) } catch { return .failure(error) }
    }

    /// What was read, and what went wrong with it.
    var all: [(name: String, problem: VMMError?)] {
        [("guests", guests.problem), ("tasks", tasks.problem)]
            + Inventory.allCases.map { ($0.rawValue, inventories[$0]?.problem) }
    }
}

extension Result where Failure == VMMError {
    fileprivate var problem: VMMError? {
        if case .failure(let problem) = self { problem } else { nil }
    }
}
