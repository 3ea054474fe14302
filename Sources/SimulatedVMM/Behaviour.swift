/// How a simulated guest deviates from one that does as told.
///
/// ```swift
/// try cluster.setBehaviour(Behaviour(ignoresShutdown: true), of: "db-1-id")
/// ```
public struct Behaviour: Sendable, Equatable {
    /// Whether Shutdown, and PowerOff without force, have no effect, so that their tasks fail after
    /// ``Timings/stopTimeout``.
    public var ignoresShutdown: Bool
    /// Why PowerOn fails after ``Timings/boot``; nil when it doesn't.
    public var bootFailure: String?

    /// Names the deviations; none by default.
    public init(ignoresShutdown: Bool = false, bootFailure: String? = nil) {
        self.ignoresShutdown = ignoresShutdown
        self.bootFailure = bootFailure
    }
}
