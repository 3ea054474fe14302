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

    static func logIn(account: String, password: Secret, version: Int) -> WebAPICall<Credentials> {
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
            ]
        ) { (answer) throws(VMMError) in
            Credentials(
                sid: Secret(try answer.nonEmptyString("sid")),
                synoToken: try answer.optionalString("synotoken").map(Secret.init)
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
