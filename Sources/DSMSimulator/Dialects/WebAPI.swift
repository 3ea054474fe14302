import SimulatedVMM
import VirtualMachines

/// An API in some of its versions; two dialects may have versions of one API.
struct WebAPI: Sendable {
    let name: String
    let versions: ClosedRange<Int>
    /// Whether `SYNO.API.Info` says that string values may be JSON.
    var isJSON = false
    let methods: [WebAPIMethod]
    /// The number for what a cluster, or a parameter, refused.
    var code: @Sendable (VMMError) -> Int = { _ in 100 }
}

/// A method of an API: what it takes to be let in, and what it does.
struct WebAPIMethod: Sendable {
    enum Admission: Sendable {
        case anyone
        case session
        /// A session that was given a SynoToken must show it with every write.
        case sessionAndToken
    }

    enum Action: Sendable {
        /// Asks the cluster, or changes it.
        case cluster(@Sendable (inout Cluster, Parameters) throws(VMMError) -> JSONObject?)
        /// Concerns the NAS itself: discovery, sessions.
        case nas(@Sendable (WebAPIService, WebAPICall) throws(WebAPIFailure) -> WebAPIAnswer)
    }

    /// The name, in the dialect's own case.
    let name: String
    let admission: Admission
    let action: Action

    static func read(
        _ name: String,
        _ body: @escaping @Sendable (inout Cluster, Parameters) throws(VMMError) -> JSONObject?
    ) -> WebAPIMethod {
        WebAPIMethod(name: name, admission: .session, action: .cluster(body))
    }

    static func write(
        _ name: String,
        _ body: @escaping @Sendable (inout Cluster, Parameters) throws(VMMError) -> JSONObject?
    ) -> WebAPIMethod {
        WebAPIMethod(name: name, admission: .sessionAndToken, action: .cluster(body))
    }

    static func nas(
        _ name: String,
        _ admission: Admission,
        _ body: @escaping @Sendable (WebAPIService, WebAPICall) throws(WebAPIFailure) -> WebAPIAnswer
    ) -> WebAPIMethod {
        WebAPIMethod(name: name, admission: admission, action: .nas(body))
    }
}

/// What a call is answered with when it isn't refused.
struct WebAPIAnswer: Sendable, Equatable {
    /// What stands under `data`; nil leaves it out.
    var data: JSONObject?
    /// A cookie to set, `name=value`.
    var cookie: String?
}
