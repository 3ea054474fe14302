import Synchronization
import VirtualMachines

@testable import SynologyVMM

/// A NAS of canned answers: discovery and login succeed, everything else is up to the test.
final class StubTransport: Transport {
    static let sid = "sid-that-nobody-may-see"
    static let token = "token-that-nobody-may-see"

    private let sent = Mutex<[WebAPIRequest]>([])
    private let isClosed = Mutex(false)
    private let dialect: DialectName
    private let answer: @Sendable (WebAPIRequest) throws(TransportFailure) -> String?

    /// `answer` gives an answer's text; nil takes the one that a NAS in good order gives to discovery and login.
    init(
        serving dialect: DialectName = .documented,
        _ answer: @escaping @Sendable (WebAPIRequest) throws(TransportFailure) -> String?
    ) {
        self.dialect = dialect
        self.answer = answer
    }

    /// Answers every call but discovery and login with `data`.
    convenience init(serving dialect: DialectName = .documented, data: String) {
        self.init(serving: dialect) { request in
            request.api.hasPrefix("SYNO.API.") ? nil : #"{"success": true, "data": \#(data)}"#
        }
    }

    var requests: [WebAPIRequest] { sent.withLock { $0 } }

    var hasClosed: Bool { isClosed.withLock { $0 } }

    func methods() -> [String] { requests.map(\.method) }

    func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8] {
        sent.withLock { $0.append(request) }
        let text = try answer(request) ?? goodAnswer(to: request.method)
        return Array(text.utf8)
    }

    func close() async {
        isClosed.withLock { $0 = true }
    }

    func client(
        pageSize: Int = 100,
        pauses: [Duration] = [],
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> SynologyClient {
        var configuration = try SynologyClient.Configuration(
            url: "http://nas:5000",
            account: "op",
            password: Secret(TestNAS.password)
        )
        configuration.pageSize = pageSize
        configuration.retry.pauses = pauses
        configuration.notice = notice
        return SynologyClient(configuration, transport: self)
    }

    /// What a NAS in good order answers to discovery and login; success to all else.
    func goodAnswer(to method: String) -> String {
        switch method {
        case "query": #"{"success": true, "data": {\#(catalog)}}"#
        case "login": #"{"success": true, "data": {"sid": "\#(Self.sid)", "synotoken": "\#(Self.token)"}}"#
        default: #"{"success": true}"#
        }
    }

    private var catalog: String {
        let apis =
            switch dialect {
            case .documented: ["SYNO.Virtualization.Guest", "SYNO.Virtualization.Task"]
            case .public:
                ["Guest", "Guest.Action", "Task.Info", "Host", "Network", "Storage", "Guest.Image"]
                    .map { "SYNO.Virtualization.API.\($0)" }
            case .internal: ["Guest", "Guest.Action", "Host"].map { "SYNO.Virtualization.\($0)" }
            }
        let served = apis.map { #""\#($0)": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 2}"# }
            .joined(separator: ", ")
            .replacing(
                #"Task": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 2"#,
                with: #"Task": {"path": "entry.cgi", "minVersion": 1, "maxVersion": 1, "requestFormat": "JSON""#
            )
        return #""SYNO.API.Auth": {"path": "auth.cgi", "minVersion": 1, "maxVersion": 9}, \#(served)"#
    }
}
