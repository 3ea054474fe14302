import SimulatedVMM
import VirtualMachines

extension DSMServer {
    /// A server that isn't listening yet, of what a scenario says; its times count from now.
    ///
    /// Throws `badArgument` for events of guests that there aren't.
    public init(
        _ scenario: Scenario,
        clock: any RunClock,
        account: String = "admin",
        password: String? = nil,
        port: Int = 0,
        scheme: Scheme = .http,
        log: RequestLog? = nil
    ) throws(VMMError) {
        self.init(
            cluster: SimulatedCluster(try scenario.cluster(now: clock.now), clock: clock),
            login: Login(account: account, password: password, otpCode: scenario.otpCode),
            port: port,
            scheme: scheme,
            dialects: scenario.dialects,
            ignoresCase: scenario.ignoresCase,
            faults: scenario.faults,
            log: log
        )
    }
}
