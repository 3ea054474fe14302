/// How a simulated guest deviates from one that does as told.
///
/// ```swift
/// try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: "db-1-id")
/// ```
public struct Behaviour: Sendable, Equatable {
    /// Whether Shutdown, and PowerOff without force, have no effect, so that their tasks fail after
    /// ``Timings/stopTimeout``.
    public var ignoresShutdown: Bool
    /// Whether Shutdown, and PowerOff without force, begin and never end.
    public var hangsShuttingDown: Bool
    /// Why PowerOn fails after the time to boot; nil when it doesn't.
    public var bootFailure: String?
    /// How long it takes to boot, where that isn't ``Timings/boot``.
    public var bootDuration: Duration?
    /// How long it takes to shut down, where that isn't ``Timings/shutdown``.
    public var shutdownDuration: Duration?
    /// How long after it came up it crashes; nil when it doesn't.
    public var crashesAfterBoot: Duration?

    /// Names the deviations; none by default.
    public init(
        ignoresShutdown: Bool = false,
        hangsShuttingDown: Bool = false,
        bootFailure: String? = nil,
        bootDuration: Duration? = nil,
        shutdownDuration: Duration? = nil,
        crashesAfterBoot: Duration? = nil
    ) {
        self.ignoresShutdown = ignoresShutdown
        self.hangsShuttingDown = hangsShuttingDown
        self.bootFailure = bootFailure
        self.bootDuration = bootDuration
        self.shutdownDuration = shutdownDuration
        self.crashesAfterBoot = crashesAfterBoot
    }
}
