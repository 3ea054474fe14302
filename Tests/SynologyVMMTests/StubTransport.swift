import Synchronization
import VirtualMachines

@testable import SynologyVMM

/// A NAS of canned answers: discovery and login succeed, everything else is up to the test.
final class StubTransport: Transport {
    static let sid = "sid-that-nobody-may-see"
    static let token = "token-that-nobody-may-see"

    private let sent = Mutex<[WebAPIRequest]>([])
    private let isClosed = Mutex(false)
    private let answer: @Sendable (WebAPIRequest) throws(TransportFailure) -> String?

    /// `answer` gives an answer's text; nil takes the one that a NAS in good order gives to discovery and login.
    init(_ answer: @escaping @Sendable (WebAPIRequest) throws(TransportFailure) -> String?) {
        self.answer = answer
    }

    /// Answers every call but discovery and login with `data`.
    convenience init(data: String) {
        self.init { request in
            request.api.hasPrefix("SYNO.API.") ? nil : #"{"success": true, "data": \#(data)}"#
        }
    }

    var requests: [WebAPIRequest] { sent.withLock { $0 } }

    var hasClosed: Bool { isClosed.withLock { $0 } }

    func methods() -> [String] { requests.map(\.method) }

    func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8] {
        sent.withLock { $0.append(request) }
        let text = try answer(request) ?? Self.inGoodOrder(request)
        return Array(text.utf8)
    }

    func close() async {
        isClosed.withLock { $0 = true }
    }

    func client(pageSize: Int = 100) throws -> SynologyClient {
        var configuration = try SynologyClient.Configuration(
            url: "http://nas:5000",
            account: "op",
            password: Secret(TestNAS.password)
        )
        configuration.pageSize = pageSize
        return SynologyClient(configuration, transport: self)
    }

    private static func inGoodOrder(_ request: WebAPIRequest) -> String {
        switch request.method {
        case "query":
            #"""
            {"success": true, "data": {
              "SYNO.API.Auth": {"path": "auth.cgi", "minVersion": 1, "maxVersion": 9},
              "SYNO.Virtualization.Guest": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 2},
              "SYNO.Virtualization.Task":
                {"path": "entry.cgi", "minVersion": 1, "maxVersion": 1, "requestFormat": "JSON"}
            }}
            """#
        case "login":
            #"{"success": true, "data": {"sid": "\#(sid)", "synotoken": "\#(token)"}}"#
        default:
            #"{"success": true}"#
        }
    }
}
