import VirtualMachines

extension WebAPIService {
    /// `SYNO.API.Info` `query`: all APIs, or those of a comma list; unknown ones are left out.
    func queryAPIs(_ parameters: Parameters) -> JSONValue {
        let wanted = parameters.list("query")
        let isAll = wanted.isEmpty || wanted == ["all"]
        let served = WebAPI.allCases.filter { isAll || wanted.contains($0.rawValue) }
        return .object(JSONObject(served.map { (key: $0.rawValue, value: $0.summary) }))
    }

    /// `SYNO.API.Auth` `login`.
    func logIn(_ parameters: Parameters) throws(WebAPIFailure) -> JSONValue {
        guard parameters.text("account") == login.account, parameters.text("passwd") == login.password else {
            throw .badCredentials
        }
        let session = sessions.open(withToken: try parameters.flag("enable_syno_token") ?? false)
        var answer: JSONObject = [
            "sid": .string(session.sid), "account": .string(login.account), "is_portal_port": false,
        ]
        if let token = session.synoToken { answer["synotoken"] = .string(token) }
        return .object(answer)
    }

    /// `SYNO.API.Auth` `logout`; as the real one it answers success without a session id too, and closes nothing.
    func logOut(_ call: WebAPICall) -> JSONValue? {
        if let sid = call.sid { sessions.close(sid) }
        return nil
    }
}
