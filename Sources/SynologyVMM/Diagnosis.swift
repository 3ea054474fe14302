import Synchronization
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
        let look = await Look(at: configuration)
        guard checkReach(configuration.address, look), checkTrust(configuration, look),
            case .success(let catalog) = look.catalog
        else { return }
        let oddities = Mutex<[String]>([])
        var observed = configuration
        observed.notice = { message in oddities.withLock { $0.append(message) } }
        let client = SynologyClient(observed)
        if await logIn(client) {
            if await checkDialect(client, catalog) {
                await checkVersion(client)
                let readings = await Readings(client)
                checkGuests(readings, oddities.withLock(\.self))
                checkPermissions(readings)
                checkHosts(readings)
            }
            checkClock(look)
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

    private mutating func checkReach(_ address: NASAddress, _ look: Look) -> Bool {
        switch look.catalog {
        case .success:
            let milliseconds = Int(look.duration / .milliseconds(1))
            add("address", .ok, "\(address.hostAndPort) answers in \(milliseconds) ms")
            return true
        case .failure(let error):
            add("address", error)
            // What it shows is told even so: it may be why there is no answer.
            if case .notPinned? = look.problem { checks.append(Check(look.problem, look, at: address, .anything)) }
            return false
        }
    }

    private mutating func checkTrust(_ configuration: SynologyClient.Configuration, _ look: Look) -> Bool {
        let address = configuration.address
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
        if look.problem == nil, let failure = look.failure {
            add("address", failure)
            return false
        }
        let check = Check(look.problem, look, at: address, configuration.trust)
        checks.append(check)
        return check.verdict != .failed
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

    private mutating func checkGuests(_ readings: Readings, _ oddities: [String]) {
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
        for oddity in oddities { add("guests", .warning, oddity) }
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

    private mutating func checkClock(_ look: Look) {
        guard let skew = look.skew else { return }
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
        var silence = guests.problem?.code == .unreachable ? guests.problem : nil
        // A NAS that gives no answer is not asked for everything else: each question would take its whole time.
        if let silence {
            tasks = .failure(silence)
        } else {
            tasks = await Self.reading { () async throws(VMMError) in try await client.tasks() }
            if tasks.problem?.code == .unreachable { silence = tasks.problem }
        }
        for kind in Inventory.allCases where silence == nil {
            inventories[kind] = await Self.reading { () async throws(VMMError) in try await client.inventory(kind) }
            if inventories[kind]?.problem?.code == .unreachable { silence = inventories[kind]?.problem }
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
            + Inventory.allCases.compactMap { kind in inventories[kind].map { (kind.rawValue, $0.problem) } }
    }
}

extension Result where Failure == VMMError {
    fileprivate var problem: VMMError? {
        if case .failure(let problem) = self { problem } else { nil }
    }
}
