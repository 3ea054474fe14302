import VirtualMachines

/// What answers an account that asks for a second factor: once a code, from then on the token that the NAS gives for it.
public struct SecondFactor: Sendable {
    /// The name under which DSM lists this program among the account's devices.
    public var deviceName: String
    /// The token that the NAS gave to this device before.
    public var deviceToken: Secret?
    /// Asks for a code of six digits; nil where nobody has one.
    public var code: @Sendable () async -> Secret?
    /// Keeps the token that the NAS gives for the code.
    public var remember: @Sendable (Secret) -> Void

    /// Answers with a token, or else with a code.
    public init(
        deviceName: String,
        deviceToken: Secret? = nil,
        code: @escaping @Sendable () async -> Secret?,
        remember: @escaping @Sendable (Secret) -> Void
    ) {
        self.deviceName = deviceName
        self.deviceToken = deviceToken
        self.code = code
        self.remember = remember
    }
}
