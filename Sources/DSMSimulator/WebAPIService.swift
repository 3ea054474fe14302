import SimulatedVMM
import VirtualMachines

/// The documented dialect in front of a cluster: from a call to the answer's JSON, without a socket.
struct WebAPIService: Sendable {
    let cluster: SimulatedCluster
    let login: DSMServer.Login
    let sessions: SessionTable
    let log: RequestLog?

    /// The whole answer, `{"success": …}`.
    func answer(_ call: WebAPICall) -> JSONValue {
        log?
            .append(
                RequestLog.Entry(
                    time: cluster.clock.now,
                    api: call.api ?? "",
                    method: call.method ?? "",
                    parameters: call.parameters.withoutSecrets
                )
            )
        do throws(WebAPIFailure) {
            let method = try admitted(call)
            guard let data = try data(of: method, call) else { return ["success": true] }
            return ["success": true, "data": data]
        } catch {
            var failure: JSONObject = ["code": .integer(Int64(error.code))]
            if let errors = error.errors { failure["errors"] = .object(errors) }
            return ["success": false, "error": .object(failure)]
        }
    }

    /// The method that is called, if it exists and the caller may; DSM checks the version before the method.
    private func admitted(_ call: WebAPICall) throws(WebAPIFailure) -> WebAPIMethod {
        guard let apiName = call.api, let versionText = call.version, let methodName = call.method else {
            throw .missingBasics
        }
        guard let api = WebAPI(rawValue: apiName) else { throw .unknownAPI }
        guard let version = Int(versionText), api.versions.contains(version) else { throw .unknownVersion }
        guard let method = api.method(named: methodName) else { throw .unknownMethod }
        switch method.admission {
        case .anyone: break
        case .session: _ = try session(of: call)
        case .sessionAndToken:
            let session = try session(of: call)
            guard session.synoToken == nil || session.synoToken == call.synoToken else { throw .unknownSession }
        }
        return method
    }

    private func session(of call: WebAPICall) throws(WebAPIFailure) -> SessionTable.Session {
        guard let sid = call.sid, let session = sessions[sid] else { throw .unknownSession }
        return session
    }

    private func data(of method: WebAPIMethod, _ call: WebAPICall) throws(WebAPIFailure) -> JSONValue? {
        let parameters = call.parameters
        switch method {
        case .queryAPIs: return queryAPIs(parameters)
        case .login: return try logIn(parameters)
        case .logout: return logOut(call)
        case .listGuests: return try listGuests(parameters)
        case .getGuest: return try getGuest(parameters)
        case .power(let action): return try power(action, parameters)
        case .deleteGuest: return try deleteGuest(parameters)
        case .setGuest: return try setGuest(parameters)
        case .listTasks: return try listTasks()
        case .getTask: return try getTask(parameters)
        case .clearTask: return try clearTask(parameters)
        }
    }

    /// Runs `body` on the cluster as it is now, and puts its refusals into numbers.
    func onCluster<Result: Sendable>(
        _ body: (inout Cluster) throws(VMMError) -> Result
    ) throws(WebAPIFailure) -> Result {
        do throws(VMMError) {
            return try cluster.withCluster(body)
        } catch {
            throw WebAPIFailure(error)
        }
    }
}
