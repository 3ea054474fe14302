import VirtualMachines

/// The APIs that a NAS serves, and how a call finds its method among them.
struct WebAPICatalog: Sendable {
    let apis: [WebAPI]
    /// Whether the case of a method's name makes no difference.
    let ignoresCase: Bool

    init(dialects: Set<Dialect>, ignoresCase: Bool) {
        self.apis = SystemAPIs.apis + Dialect.allCases.filter(dialects.contains).flatMap(\.apis)
        self.ignoresCase = ignoresCase
    }

    /// The method that is called, and its API; DSM checks the version before the method.
    func find(_ call: WebAPICall) throws(WebAPIFailure) -> (api: WebAPI, method: WebAPIMethod) {
        guard let apiName = call.api, let versionText = call.version, let methodName = call.method else {
            throw .missingBasics
        }
        let named = apis.filter { $0.name == apiName }
        guard !named.isEmpty else { throw .unknownAPI }
        guard let version = Int(versionText) else { throw .unknownVersion }
        let candidates = named.filter { $0.versions.contains(version) }
        guard !candidates.isEmpty else { throw .unknownVersion }
        for api in candidates {
            if let method = api.methods.first(where: { $0.name == methodName }) { return (api, method) }
        }
        // `Set` and `set` of one API belong to two dialects, which take other values.
        let isShared = apiName == DocumentedDialect.guestAPI && methodName.lowercased() == "set"
        guard ignoresCase, !isShared else { throw .unknownMethod }
        for api in candidates {
            let found = api.methods.first { $0.name.lowercased() == methodName.lowercased() }
            if let found { return (api, found) }
        }
        throw .unknownMethod
    }

    /// What `SYNO.API.Info` says of the APIs of those names; of all without names.
    func summary(of names: [String]) -> JSONObject {
        var summary = JSONObject()
        for api in apis where names.isEmpty || names.contains(api.name) {
            let versions = apis.filter { $0.name == api.name }.map(\.versions)
            var entry: JSONObject = [
                "path": "entry.cgi",
                "minVersion": .integer(Int64(versions.map(\.lowerBound).min() ?? 1)),
                "maxVersion": .integer(Int64(versions.map(\.upperBound).max() ?? 1)),
            ]
            if api.isJSON { entry["requestFormat"] = "JSON" }
            summary[api.name] = .object(entry)
        }
        return summary
    }
}
