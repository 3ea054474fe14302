import VirtualMachines

/// What every answer of the web API is wrapped in: `{"success": true, "data": …}` or its opposite.
enum WebAPIEnvelope: Sendable, Equatable {
    case success(JSONValue?)
    case failure(code: Int, errors: JSONValue?)

    /// Unwraps an answer.
    ///
    /// Throws `badAnswer`; `place` is who answered.
    init(_ bytes: [UInt8], from place: String, api: String, method: String) throws(VMMError) {
        func badAnswer(_ what: String, hint: String? = nil, cause: String? = nil) -> VMMError {
            VMMError(.badAnswer, "\(place) answered \(what)", hint: hint, api: api, method: method, cause: cause)
        }
        guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
            throw badAnswer("\(api) \(method) with nothing, expected JSON")
        }
        guard first != UInt8(ascii: "<") else {
            throw badAnswer(
                "\(api) \(method) with a web page, not with the DSM API's JSON",
                hint: "check the port (DSM: 5000 for http, 5001 for https), and any reverse proxy in between"
            )
        }
        let answer: JSONValue
        do throws(JSONSyntaxError) {
            answer = try Self.parse(bytes)
        } catch {
            let isCut = error.offset >= bytes.count
            throw badAnswer(
                isCut
                    ? "\(api) \(method) with JSON that was cut short after \(bytes.count) bytes"
                    : "\(api) \(method) with malformed JSON: \(error)",
                cause: "\(error)"
            )
        }
        switch answer["success"] {
        case .bool(true)?:
            self = .success(answer["data"])
        case .bool(false)?:
            guard case .integer(let code)? = answer["error"]?["code"] else {
                throw badAnswer("\(api) \(method) with a failure without error.code")
            }
            self = .failure(code: Int(clamping: code), errors: answer["error"]?["errors"])
        default:
            throw badAnswer("\(api) \(method) with JSON without 'success', expected the DSM API's answer")
        }
    }

    /// What is wrong with one guest's text or number must not hide the others.
    private static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        do { return try JSONValue(parsing: bytes) } catch { return try JSONValue(parsing: bytes, isLenient: true) }
    }
}
