import VirtualMachines

/// When a read that failed is worth another try.
///
/// Writes are never tried again here: they may have taken effect.
public struct RetryPolicy: Sendable, Equatable {
    /// The pauses before each further try.
    public var pauses: [Duration]

    /// Tries again after each of `pauses`, give or take half of it, so that many callers don't come back all at once.
    public init(pauses: [Duration] = [.milliseconds(200), .milliseconds(600), .milliseconds(1800)]) {
        self.pauses = pauses
    }

    /// The pause after the failure of that number, from 0; nil where it is not to be tried again.
    ///
    /// `chance` is from 0 to 1.
    func pause(afterFailure number: Int, _ error: VMMError, chance: Double) -> Duration? {
        guard [.unreachable, .busy].contains(error.code), pauses.indices.contains(number) else { return nil }
        return pauses[number] * (0.5 + chance)
    }
}
