import SimulatedVMM
import VirtualMachines

/// A NAS without its socket: from a call to the answer.
struct WebAPIService: Sendable {
    /// What came of a call.
    struct Exchange: Sendable {
        var answer: Result<WebAPIAnswer, WebAPIFailure>
        /// Whether it was a write that was carried out.
        var tookEffect = false

        var outcome: RequestLog.Outcome {
            switch answer {
            case .success: .success
            case .failure(let failure): .refused(code: failure.code)
            }
        }
    }

    let cluster: SimulatedCluster
    let login: DSMServer.Login
    let sessions: SessionTable
    let cipher: LoginCipher
    let catalog: WebAPICatalog

    /// Carries a call out, if the caller may.
    func carryOut(_ call: WebAPICall) -> Exchange {
        do throws(WebAPIFailure) {
            let (api, method) = try catalog.find(call)
            try admit(call, to: method)
            let answer = try perform(method, of: api, call)
            return Exchange(answer: .success(answer), tookEffect: method.admission == .sessionAndToken)
        } catch {
            return Exchange(answer: .failure(error))
        }
    }

    /// Forgets sessions and tasks.
    func restart() {
        sessions.closeAll()
        do throws(VMMError) {
            try cluster.withCluster { $0.forgetTasks() }
        } catch {
            assertionFailure("forgetting refuses nothing: \(error)")
        }
    }

    /// The call as far as a fault can tell it from others.
    func describe(_ call: WebAPICall) -> FaultPlan.Call {
        let id = call.parameters.text("guest_id")
        let name = call.parameters.text("guest_name")
        let other = try? cluster.withCluster { (cluster) throws(VMMError) in try cluster.guest(call.parameters).guest }
        return FaultPlan.Call(
            api: call.api ?? "",
            method: call.method ?? "",
            action: call.parameters.text("action"),
            guest: [id, name, other?.id.rawValue, other?.name].compactMap(\.self)
        )
    }

    private func perform(
        _ method: WebAPIMethod,
        of api: WebAPI,
        _ call: WebAPICall
    ) throws(WebAPIFailure) -> WebAPIAnswer {
        switch method.action {
        case .nas(let body): return try body(self, call)
        case .cluster(let body):
            do throws(VMMError) {
                let data = try cluster.withCluster { (cluster) throws(VMMError) in
                    try body(&cluster, call.parameters)
                }
                return WebAPIAnswer(data: data)
            } catch {
                throw WebAPIFailure(code: api.code(error))
            }
        }
    }

    private func admit(_ call: WebAPICall, to method: WebAPIMethod) throws(WebAPIFailure) {
        guard method.admission != .anyone else { return }
        guard let sid = call.sid, let session = sessions[sid] else { throw .unknownSession }
        guard method.admission == .sessionAndToken, let token = session.synoToken else { return }
        guard call.synoToken == token else { throw .unknownSession }
    }
}

extension Result<WebAPIAnswer, WebAPIFailure> {
    /// The whole answer, `{"success": …}`.
    var json: JSONValue {
        switch self {
        case .success(let answer):
            if let data = answer.data { ["success": true, "data": .object(data)] } else { ["success": true] }
        case .failure(let failure): ["success": false, "error": .object(failure.json)]
        }
    }
}
