/// One call as it came over HTTP: parameters from the query, the body, or both.
struct WebAPICall: Sendable {
    var api: String?
    var version: String?
    var method: String?
    var sid: String?
    var synoToken: String?
    var parameters: Parameters

    /// Reads a call; what the body says wins over the query.
    ///
    /// `pathTail` is what follows `entry.cgi/`; `cookie` and `token` are the headers `Cookie` and `X-SYNO-TOKEN`.
    init(pathTail: String?, query: String, body: String, cookie: String?, token: String?) {
        let parameters = Parameters(formPairs(query) + formPairs(body))
        self.parameters = parameters
        self.api = parameters.text("api") ?? pathTail
        self.version = parameters.text("version")
        self.method = parameters.text("method")
        self.sid = parameters.text("_sid") ?? Self.sessionCookie(in: cookie ?? "")
        self.synoToken = token ?? parameters.text("SynoToken")
    }

    /// The same call with more parameters, such as those that came encrypted.
    func adding(_ pairs: [(name: String, value: String)]) -> WebAPICall {
        var call = self
        call.parameters = parameters.adding(pairs)
        return call
    }

    private static func sessionCookie(in header: String) -> String? {
        for cookie in header.split(separator: ";") {
            let pair = cookie.drop { $0 == " " }
            if pair.hasPrefix("id=") { return String(pair.dropFirst(3)) }
        }
        return nil
    }
}
