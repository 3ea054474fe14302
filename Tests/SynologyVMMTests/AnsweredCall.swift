import Testing
import VirtualMachines

@testable import SynologyVMM

/// A call of the client with answers that a NAS in good order gives to it.
struct AnsweredCall: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answers: [DissectedAnswer]
    /// Takes an answer the way that the client does, from the bytes to the domain's model.
    let take: @Sendable ([UInt8]) async throws(VMMError) -> Void

    private init<Answer: Sendable>(
        _ call: WebAPICall<Answer>,
        _ data: JSONValue?,
        use: @escaping @Sendable (Answer) throws(VMMError) -> Void = { _ in }
    ) {
        testDescription = "\(call.name) \(call.version)"
        var success: JSONObject = ["success": true]
        success["data"] = data
        let refusal: JSONObject = ["code": .integer(Int64(call.settled?.code ?? 401)), "errors": ["name": "guest_id"]]
        answers = [.object(success), ["success": false, "error": .object(refusal)]].map(DissectedAnswer.init)
        let session = Session(
            catalog: APICatalog(entries: [
                call.api: .init(path: "entry.cgi", versions: call.version...call.version, quotesStrings: false)
            ]),
            dialect: .documented,
            credentials: Credentials(sid: Secret(StubTransport.sid))
        )
        take = { (bytes) async throws(VMMError) in
            let exchange = WebAPIExchange(transport: ReadyAnswer(bytes: bytes), place: "nas:5000")
            try use(try exchange.answer(try await exchange.send(call, in: session), to: call))
        }
    }

    /// Every call there is.
    static var all: [AnsweredCall] {
        get throws(VMMError) {
            let power = try power(.documented, ["task_id": "task_1"]) + power(.public) + power(.internal)
            return try session + power + documented + `public` + `internal`
        }
    }
}

/// Answers everything with the same bytes.
private struct ReadyAnswer: Transport {
    let bytes: [UInt8]

    func send(_ request: WebAPIRequest) async throws(TransportFailure) -> [UInt8] { bytes }

    func close() async {}
}

extension AnsweredCall {
    private static let session = [
        AnsweredCall(
            APICatalog.query(APICatalog.wanted),
            [
                "SYNO.API.Auth": ["path": "entry.cgi", "minVersion": 1, "maxVersion": 7],
                "SYNO.Virtualization.Guest": [
                    "path": "entry.cgi", "minVersion": 1, "maxVersion": 2, "requestFormat": "JSON",
                ],
            ]
        ) { catalog in
            _ = DialectName(for: catalog)
            _ = Login.version(in: catalog)
        },
        AnsweredCall(
            Login.logIn(account: "op", password: Secret(TestNAS.password), .nothing, version: 7),
            ["sid": "s", "synotoken": "t", "account": "op", "is_portal_port": false]
        ),
    ]

    private static func power(_ name: DialectName, _ answer: JSONValue? = nil) throws(VMMError) -> [AnsweredCall] {
        var calls: [AnsweredCall] = []
        for action in PowerAction.allCases {
            calls.append(AnsweredCall(try name.dialect.power(action, "vm-1", force: true), answer))
        }
        return calls
    }

    /// Guests in a list are put together to a whole one.
    private static func list(_ dialect: some Dialect, _ data: JSONValue) -> AnsweredCall {
        AnsweredCall(dialect.list(offset: 0, limit: 100, additional: true), data) { (page) throws(VMMError) in
            var listing = GuestListing()
            _ = try listing.receive(page)
        }
    }

    private static let guest: JSONValue = [
        "guest_id": "vm-1", "guest_name": "web-1", "status": "running", "vcpu_num": 2, "vram_size": 2048,
        "storage_size": 53_687_091_200, "autorun": 1, "description": "é", "vnics": [["mac": "0"]], "vdisks": [],
    ]

    private static var documented: [AnsweredCall] {
        get throws(VMMError) {
            let dialect = DocumentedDialect()
            let task: JSONValue = [
                "task_id": "task_1", "status": "failed", "progress": 90, "operation": "PowerOn", "guest_id": "vm-1",
                "error": ["code": 402, "message": "no"],
            ]
            return [
                list(dialect, ["guests": [guest, ["guest_id": "vm-2"]], "total": 2, "offset": 0]),
                AnsweredCall(dialect.get(.id("vm-1"), additional: [.network]), guest),
                AnsweredCall(try dialect.set("vm-1", GuestSettings(autorun: 1)), nil),
                AnsweredCall(dialect.delete("vm-1"), [:]),
                AnsweredCall(dialect.tasks(), ["tasks": ["task_1", "task_2"]]),
                AnsweredCall(dialect.task("task_1"), task),
                AnsweredCall(dialect.clearTask("task_1"), [:]),
            ]
        }
    }

    private static var `public`: [AnsweredCall] {
        get throws(VMMError) {
            let dialect = PublicDialect()
            let task: JSONValue = [
                "finish": true,
                "task_info": ["progress": 100, "status": "x", "guest_id": "vm-1", "error": ["code": 402]],
            ]
            return [
                list(dialect, ["guests": [guest]]),
                AnsweredCall(try dialect.get(.id("vm-1"), additional: [.network, .storage]), guest),
                AnsweredCall(try dialect.set("vm-1", GuestSettings(autorun: 1)), nil),
                AnsweredCall(dialect.delete("vm-1"), [:]),
                AnsweredCall(dialect.tasks(), ["tasks": ["@administrators/a", "@administrators/b"]]),
                AnsweredCall(dialect.task("@administrators/a"), task),
                AnsweredCall(dialect.clearTask("@administrators/a"), [:]),
            ]
                + Inventory.allCases.map { kind in
                    let element: JSONValue = ["id": "1", "status": "online", "size": 1_000]
                    return AnsweredCall(
                        dialect.inventory(kind),
                        .object(JSONObject([(kind.rawValue, [element, element])]))
                    )
                }
        }
    }

    private static var `internal`: [AnsweredCall] {
        get throws(VMMError) {
            let dialect = InternalDialect()
            let guest: JSONValue = [
                "guest_id": "vm-1", "name": "web-1", "status": "shutdown", "status_type": "healthy", "autorun": 0,
                "vcpu_num": 2, "vcpu_usage": "", "vram_size": 2_097_152, "desc": "", "host_name": "nas",
            ]
            return [
                list(dialect, ["guests": [guest], "is_freeze": false]),
                AnsweredCall(try dialect.get(.id("vm-1"), additional: []), guest),
                AnsweredCall(try dialect.inventory(.hosts), ["hosts": [["host_name": "nas", "status": "running"]]]),
            ]
        }
    }
}
