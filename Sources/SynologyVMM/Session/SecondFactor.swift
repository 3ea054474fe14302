import VirtualMachines

/// What answers an account that asks for a second factor: once a code, from then on the token that the NAS gives for it.
public struct SecondFactor: Sendable {
    /// The name under which DSM lists this program among the account's devices.
    public var deviceName: String
    /// The token that the NAS gave to this device before.
    public var deviceToken: Secret?
    /// Asks for a code; nil where nobody has one.
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

    /// The code without the spaces that an app shows it with.
    ///
    /// Throws `badArgument` for what can't be one: DSM blocks an address after a few wrong codes.
    func checkedCode() async throws(VMMError) -> Secret? {
        guard let code = await code() else { return nil }
        let word = code.revealed.filter { !$0.isWhitespace }
        guard word.utf8.count >= 6, word.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw VMMError(
                .badArgument,
                "the code of the second factor must be 6 digits or more",
                hint: "take the code from the authenticator app; VMMLUA_OTP gives it where there is no terminal"
            )
        }
        return Secret(word)
    }
}
