/// How long a simulated guest takes for each change of its power.
public struct Timings: Sendable, Equatable {
    /// From PowerOn to running.
    public var boot: Duration
    /// From Shutdown to stopped.
    public var shutdown: Duration
    /// From PowerOff without force to stopped.
    public var powerOff: Duration
    /// From PowerOff with force to stopped.
    public var forcedPowerOff: Duration
    /// How long an orderly stop waits for a guest that ignores it; its task then fails.
    public var stopTimeout: Duration

    /// Names the durations; the defaults are those of a small Linux guest.
    public init(
        boot: Duration = .seconds(20),
        shutdown: Duration = .seconds(15),
        powerOff: Duration = .seconds(15),
        forcedPowerOff: Duration = .seconds(1),
        stopTimeout: Duration = .seconds(300)
    ) {
        self.boot = boot
        self.shutdown = shutdown
        self.powerOff = powerOff
        self.forcedPowerOff = forcedPowerOff
        self.stopTimeout = stopTimeout
    }
}
