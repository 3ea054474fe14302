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
    static let wrongOTP = WebAPIFailure(code: 404)
    static let otpNeeded = WebAPIFailure(code: 403, errors: ["types": [["type": "otp"]]])

    /// Whether a session is over with that code: timed out, displaced by another login, unknown.
    static func endsSession(_ code: Int) -> Bool { [106, 107, 119].contains(code) }

    /// As it stands in the answer.
    var json: JSONObject {
        var json: JSONObject = ["code": .integer(Int64(code))]
        if let errors { json["errors"] = .object(errors) }
        return json
    }
}
