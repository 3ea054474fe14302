import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing
import VirtualMachines

/// Calls a simulator as a client with a session does.
struct DSMTestClient: Sendable {
    let client: any TestClientProtocol
    let sid: String

    static func logIn(_ client: any TestClientProtocol, _ more: String = "") async throws -> String {
        let form = "api=SYNO.API.Auth&version=7&method=login&account=op&passwd=s3cret+%26%2B&format=sid\(more)"
        let answer = try await post(client, "/webapi/entry.cgi", form)
        guard case .string(let sid)? = answer["data"]?["sid"] else {
            throw VMMError(.loginRefused, answer.text)
        }
        return sid
    }

    static func get(_ client: any TestClientProtocol, _ uri: String, cookie: String? = nil) async throws -> JSONValue {
        let headers: HTTPFields = cookie.map { [.cookie: $0] } ?? [:]
        return try await client.execute(uri: uri, method: .get, headers: headers) { response in
            #expect(response.status == .ok)
            return try JSONValue(parsing: Array(response.body.readableBytesView))
        }
    }

    static func post(
        _ client: any TestClientProtocol,
        _ uri: String,
        _ form: String,
        token: String? = nil
    ) async throws -> JSONValue {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        if let token { headers[try #require(HTTPField.Name("X-SYNO-TOKEN"))] = token }
        return try await client.execute(
            uri: uri,
            method: .post,
            headers: headers,
            body: ByteBuffer(string: form)
        ) { response in
            #expect(response.status == .ok)
            return try JSONValue(parsing: Array(response.body.readableBytesView))
        }
    }

    /// The whole answer of a method of `SYNO.Virtualization.<api>`.
    func answer(_ api: String, _ method: String, _ form: String, version: Int = 1) async throws -> JSONValue {
        let call = "api=SYNO.Virtualization.\(api)&version=\(version)&method=\(method)&_sid=\(sid)&\(form)"
        return try await Self.post(client, "/webapi/entry.cgi", call)
    }

    func data(_ api: String, _ method: String, _ form: String, version: Int = 1) async throws -> JSONValue {
        let answer = try await answer(api, method, form, version: version)
        #expect(answer["success"] == true, "\(answer.text)")
        return try #require(answer["data"])
    }

    func code(_ api: String, _ method: String, _ form: String, version: Int = 1) async throws -> JSONValue? {
        let answer = try await answer(api, method, form, version: version)
        #expect(answer["success"] == false, "\(answer.text)")
        return answer["error"]?["code"]
    }
}
