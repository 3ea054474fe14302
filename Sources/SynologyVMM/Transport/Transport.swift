import VirtualMachines

/// Carries one web API request to a NAS and brings back the bytes of its answer, whatever they say.
protocol Transport: Sendable {
    func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8]

    /// Lets go of all connections; nothing may be sent any more.
    func close() async
}

/// Why there is no answer, and whether the request may have taken effect all the same.
struct TransportFailure: Error {
    var error: VMMError
    var mayHaveBeenSent: Bool
}

/// One request of the web API, before any transport puts it into its own form.
struct WebAPIRequest: Sendable {
    /// Below `/webapi/`, as `SYNO.API.Info` gives it.
    var path: String
    var api: String
    var version: Int
    var method: String
    /// Whether it goes as POST with a form body, which also keeps its parameters out of web server logs.
    var isPost: Bool
    var parameters: [WebAPIParameter]
    /// Whether the API takes its strings in JSON's quotes, so that a name such as `2016` stays a string.
    var quotesStrings = false
    var credentials: Credentials?
    /// How long the answer may take; nil for the transport's own bound.
    var timeout: Duration?
}

/// A parameter that keeps its type, as transports differ in how they write it.
struct WebAPIParameter: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int)
        case flag(Bool)
        /// Sent as it is and never shown.
        case secret(Secret)
    }

    var name: String
    var value: Value

    init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

/// What proves a login.
struct Credentials: Sendable, Equatable {
    var sid: Secret
    var synoToken: Secret?
}
