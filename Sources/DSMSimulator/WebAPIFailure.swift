import VirtualMachines

/// A refusal in the web API's terms: what stands under `error` in the answer.
struct WebAPIFailure: Error, Equatable {
    /// The number; those from 400 on mean something only together with the API.
    var code: Int
    /// What the number leaves open.
    var errors: JSONObject?

    static let missingBasics = WebAPIFailure(code: 101)
    static let unknownAPI = WebAPIFailure(code: 102)
    static let unknownMethod = WebAPIFailure(code: 103)
    static let unknownVersion = WebAPIFailure(code: 104)
    static let unknownSession = WebAPIFailure(code: 119)
    static let badCredentials = WebAPIFailure(code: 400)

    static func invalidParameter(_ name: String) -> WebAPIFailure {
        WebAPIFailure(code: 400, errors: ["name": .string(name)])
    }
}

extension WebAPIFailure {
    /// The documented dialect's number for what a cluster refused.
    ///
    /// 401 for a wrong state is inferred, as the document is silent there.
    init(_ error: VMMError) {
        switch error.code {
        case .badArgument, .ambiguous: self.init(code: 400)
        case .notFound: self.init(code: 404)
        case .insufficientResources: self.init(code: 405)
        default: self.init(code: 401)
        }
    }
}
