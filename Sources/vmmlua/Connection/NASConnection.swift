import Synchronization
import SynologyVMM
import VirtualMachines

/// The machines of a source, which is opened at the first call: until then there is no socket and no password.
final class NASConnection: VirtualMachineManager {
    private struct Opened: Sendable {
        let client: SynologyClient
        let simulation: SimulatedNAS?
    }

    private typealias Opening = Task<Result<Opened, VMMError>, Never>

    private let source: MachineSource
    private let clock: SystemClock
    private let console: Console
    private let scopes: GuestScopeCheck?
    private let notice: @Sendable (String) -> Void
    private let opening = Mutex<Opening?>(nil)
    /// Once it is open: what can be told without waiting.
    private let opened = Mutex<SynologyClient?>(nil)
    private let problem = Mutex<VMMError?>(nil)

    /// What there is to ask of a person is asked on `console`; `scopes` sees the first list of guests, and its warnings tell of
    /// each guest that can't be read in full.
    init(
        _ source: MachineSource,
        clock: SystemClock,
        console: Console = .standard,
        scopes: GuestScopeCheck? = nil
    ) {
        self.scopes = scopes
        self.source = source
        self.clock = clock
        self.console = console
        let warnings = scopes?.warnings ?? Warnings(on: console.err)
        self.notice = { warnings.tell($0) }
    }

    /// What is wrong with the configuration, once a call found that out.
    var configurationProblem: VMMError? { problem.withLock { $0 } }

    // MARK: Opening

    private func client() async throws(VMMError) -> SynologyClient {
        let task = opening.withLock { opening in
            let task = opening ?? Task { await open() }
            opening = task
            return task
        }
        return try await task.value.get().client
    }

    private func open() async -> Result<Opened, VMMError> {
        do throws(VMMError) {
            switch source {
            case .unnamed(let error): throw VMMError(.badArgument, error.message, hint: error.hint)
            case .nas(let address, let account, let password, let manner):
                var configuration = try manner.configuration(address, account, try password.read(), console: console)
                configuration.notice = notice
                return opened(SynologyClient(configuration))
            case .simulated(let options):
                let simulation = try await SimulatedNAS.start(options, clock: clock)
                var configuration = try simulation.configuration()
                configuration.notice = notice
                return opened(SynologyClient(configuration), simulation)
            }
        } catch {
            problem.withLock { $0 = error }
            return .failure(error)
        }
    }

    private func opened(_ client: SynologyClient, _ simulation: SimulatedNAS? = nil) -> Result<Opened, VMMError> {
        opened.withLock { $0 = client }
        return .success(Opened(client: client, simulation: simulation))
    }

    /// The dialect that the NAS is spoken to in.
    func dialect() async throws(VMMError) -> DialectName { try await client().dialect() }

    func connect() async throws(VMMError) { try await client().connect() }

    /// Logs out where there was a login, and stops the simulation where there is one.
    func close() async {
        guard let task = opening.withLock(\.self), case .success(let opened) = await task.value else { return }
        await opened.client.close()
        await opened.simulation?.stop()
    }

    // MARK: Calls

    func guests() async throws(VMMError) -> [Guest] {
        let guests = try await client().guests()
        scopes?.see(guests)
        return guests
    }

    /// Reads the guests, if that hasn't been done and some permission has a scope of guests.
    ///
    /// It is done before the first write at the latest.
    func checkScopes() async {
        guard let scopes, scopes.isPending else { return }
        do throws(VMMError) {
            _ = try await guests()
        } catch {
            // What was cancelled does nothing more.
            if error.code != .cancelled { scopes.fail(error) }
        }
    }

    private func clientForWriting() async throws(VMMError) -> SynologyClient {
        await checkScopes()
        return try await client()
    }

    func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try await client().guest(id, additional: additional)
    }

    func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] { try await client().inventory(kind) }

    func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer { try await clientForWriting().powerOn(id) }

    func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer { try await clientForWriting().shutdown(id) }

    func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try await clientForWriting().powerOff(id, force: force)
    }

    func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try await clientForWriting().set(id, settings)
    }

    func delete(_ id: GuestID) async throws(VMMError) { try await clientForWriting().delete(id) }

    func task(_ id: TaskID) async throws(VMMError) -> TaskReport { try await client().task(id) }

    func tasks() async throws(VMMError) -> [TaskID] { try await client().tasks() }

    func clearTask(_ id: TaskID) async throws(VMMError) { try await client().clearTask(id) }
}
