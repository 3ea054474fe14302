import VirtualMachines

/// What every NAS serves whatever it manages: discovery, login, and what it is.
enum SystemAPIs {
    static let apis = [
        WebAPI(name: "SYNO.API.Info", versions: 1...1, methods: [.nas("query", .anyone, query)]),
        WebAPI(
            name: "SYNO.API.Auth",
            versions: 1...7,
            methods: [.nas("login", .anyone, logIn), .nas("logout", .anyone, logOut)]
        ),
        WebAPI(name: "SYNO.API.Auth.UIConfig", versions: 1...1, methods: [.nas("get", .anyone, describeLogin)]),
        WebAPI(name: "SYNO.API.Encryption", versions: 1...1, methods: [.nas("getinfo", .anyone, describeCipher)]),
        WebAPI(name: "SYNO.DSM.Info", versions: 1...2, methods: [.nas("getinfo", .session, describeNAS)]),
        WebAPI(name: "SYNO.Core.Package", versions: 1...2, methods: [.nas("list", .session, listPackages)]),
    ]

    /// All APIs, or those of a comma list; unknown ones are left out.
    @Sendable private static func query(_ service: WebAPIService, _ call: WebAPICall) -> WebAPIAnswer {
        let wanted = call.parameters.list("query")
        return WebAPIAnswer(data: service.catalog.summary(of: wanted == ["all"] ? [] : wanted))
    }

    /// Checks account and password first, so that nobody learns of a second factor without them.
    @Sendable private static func logIn(
        _ service: WebAPIService,
        _ call: WebAPICall
    ) throws(WebAPIFailure) -> WebAPIAnswer {
        let parameters = call.parameters
        let login = service.login
        guard parameters.text("account") == login.account, parameters.text("passwd") == login.password else {
            throw .badCredentials
        }
        if let code = login.otpCode, !service.sessions.trusts(device: parameters.text("device_id")) {
            guard let given = parameters.text("otp_code") else { throw .otpNeeded }
            guard given == code else { throw .wrongOTP }
        }
        let session = service.sessions.open(withToken: parameters.isYes("enable_syno_token"))
        var data: JSONObject = [
            "sid": .string(session.sid), "account": .string(login.account), "is_portal_port": false,
        ]
        if let token = session.synoToken { data["synotoken"] = .string(token) }
        // A device's id is given to everyone, and trusted where that was asked for.
        let isTrusted = parameters.isYes("enable_device_token") && parameters.text("device_name") != nil
        let device = service.sessions.addDevice(isTrusted: isTrusted)
        switch call.version.flatMap({ Int($0) }) ?? 1 {
        case ...2: break
        case ...6: data["did"] = .string(device)
        default: data["device_id"] = .string(device)
        }
        return WebAPIAnswer(data: data, cookie: "id=\(session.sid)")
    }

    /// As the real one it answers success without a session id too, and closes nothing.
    @Sendable private static func logOut(_ service: WebAPIService, _ call: WebAPICall) -> WebAPIAnswer {
        if let sid = call.sid { service.sessions.close(sid) }
        return WebAPIAnswer()
    }

    /// What the login page asks first: `synology-api` wants a cookie with a public key in the answer.
    ///
    /// There is no `ik_message`, so that no handshake follows; any 32 bytes are a public key of X25519.
    @Sendable private static func describeLogin(_ service: WebAPIService, _ call: WebAPICall) -> WebAPIAnswer {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // 43 digits of 6 bits hold 32 bytes and 2 bits of nothing: the last digit is one that ends in them.
        let digits = (0..<42).map { _ in alphabet[Int.random(in: alphabet.indices)] } + ["A"]
        return WebAPIAnswer(data: [:], cookie: "_SSID=\(String(digits))")
    }

    /// What a client encrypts its login with where the connection doesn't.
    @Sendable private static func describeCipher(
        _ service: WebAPIService,
        _ call: WebAPICall
    ) throws(WebAPIFailure) -> WebAPIAnswer {
        guard let modulus = service.cipher.modulus else { throw WebAPIFailure(code: 100) }
        return WebAPIAnswer(data: [
            "cipherkey": .string(LoginCipher.parameter), "ciphertoken": "__cIpHeRtOkEn",
            "public_key": .string(modulus), "server_time": .integer(Int64(service.cluster.clock.wallTime.seconds)),
        ])
    }

    @Sendable private static func listPackages(_ service: WebAPIService, _ call: WebAPICall) -> WebAPIAnswer {
        WebAPIAnswer(data: [
            "packages": [["id": "Virtualization", "name": "Virtual Machine Manager", "version": "2.7.0-12229"]],
            "total": 1,
        ])
    }

    @Sendable private static func describeNAS(_ service: WebAPIService, _ call: WebAPICall) -> WebAPIAnswer {
        WebAPIAnswer(data: [
            "codepage": "enu", "model": "DS1821+", "ram": 32_768, "serial": "SIMULATED0001", "temperature": 40,
            "temperature_warn": false, "uptime": 86_400, "version": "72806", "version_string": "DSM 7.2.2-72806",
        ])
    }
}
