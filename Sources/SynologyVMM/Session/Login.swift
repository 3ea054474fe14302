import VirtualMachines

/// The calls of `SYNO.API.Auth`.
enum Login {
    static let api = "SYNO.API.Auth"

    /// One session a program: DSM shows it under this name.
    private static let sessionName = "vmmlua"

    /// The newest version that both sides know.
    static func version(in catalog: APICatalog) -> Int {
        min(catalog.entries[api]?.versions.upperBound ?? 6, 7)
    }

    /// What a login is answered with.
    struct Answer: Sendable {
        var credentials: Credentials
        /// By which a later login needs no code.
        var deviceToken: Secret?
    }

    /// What goes with the password.
    enum Proof: Sendable {
        case nothing
        case device(Secret, name: String)
        case code(Secret, deviceName: String)

        fileprivate var parameters: [WebAPIParameter] {
            switch self {
            case .nothing: []
            case .device(let token, let name):
                [WebAPIParameter("device_id", .secret(token)), WebAPIParameter("device_name", .text(name))]
            case .code(let code, let deviceName):
                [
                    WebAPIParameter("otp_code", .secret(code)), WebAPIParameter("enable_device_token", .text("yes")),
                    WebAPIParameter("device_name", .text(deviceName)),
                ]
            }
        }
    }

    /// Whether a refusal only wants a code besides.
    static func asksForCode(_ envelope: WebAPIEnvelope) -> Bool {
        guard case .failure(403, let errors) = envelope, case .array(let types)? = errors?["types"] else {
            return false
        }
        return types.contains { $0["type"] == "otp" }
    }

    static func logIn(account: String, password: Secret, _ proof: Proof, version: Int) -> WebAPICall<Answer> {
        WebAPICall(
            api: api,
            method: "login",
            version: version,
            effect: .session,
            parameters: [
                WebAPIParameter("account", .text(account)),
                WebAPIParameter("passwd", .secret(password)),
                WebAPIParameter("session", .text(sessionName)),
                WebAPIParameter("format", .text("sid")),
                WebAPIParameter("enable_syno_token", .text("yes")),
            ] + proof.parameters
        ) { (answer) throws(VMMError) in
            // The name of the token changed with version 7.
            let newer = try answer.optionalString("device_id")
            let older = try answer.optionalString("did")
            return Answer(
                credentials: Credentials(
                    sid: Secret(try answer.nonEmptyString("sid")),
                    synoToken: try answer.optionalString("synotoken").map(Secret.init)
                ),
                deviceToken: (newer ?? older).map(Secret.init)
            )
        }
    }

    static func logOut(version: Int) -> WebAPICall<Void> {
        WebAPICall(
            api: api,
            method: "logout",
            version: version,
            effect: .session,
            parameters: [WebAPIParameter("session", .text(sessionName))]
        ) { _ in }
    }
}
