import Testing
import VirtualMachines

@testable import SynologyVMM

/// What the dialects other than the documented one send, and what they make of the answers.
@Suite struct DialectTests {
    private static let publicGuest = #"""
        {"guest_id": "g", "guest_name": "web 1", "status": "running", "vcpu_num": 2, "vram_size": 4096, "autorun": 2,
         "description": "shop #web", "storage_id": "s", "storage_name": "volume 1",
         "vnics": [{"mac": "02:11"}], "vdisks": [{"vdisk_size": 10240}]}
        """#

    private func sent(by transport: StubTransport) -> [String] {
        transport.requests.filter { !$0.api.hasPrefix("SYNO.API.") }
            .map { request in
                let parameters = request.parameters.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
                let verb = request.isPost ? "POST" : "GET"
                return "\(verb) \(request.api.dropFirst(20)) v\(request.version) \(request.method) \(parameters)"
            }
    }

    @Test
    func `a NAS is spoken to in the public dialect if it has it, else in the documented, else in the internal one`()
        async throws
    {
        for name in DialectName.allCases {
            #expect(try await StubTransport(serving: name, data: "{}").client().dialect() == name)
        }
        let both: [String: APICatalog.Entry] = [
            PublicDialect.guestAPI: .init(path: "entry.cgi", versions: 1...1, quotesStrings: false),
            DocumentedDialect.taskAPI: .init(path: "entry.cgi", versions: 1...1, quotesStrings: false),
        ]
        #expect(DialectName(for: APICatalog(entries: both)) == .public)
    }

    @Test func `the public dialect asks in its own words`() async throws {
        let transport = StubTransport(serving: .public) { request in
            switch request.method {
            case "get": #"{"success": true, "data": \#(Self.publicGuest)}"#
            case "list" where request.api.hasSuffix("Guest"):
                #"{"success": true, "data": {"guests": [\#(Self.publicGuest)]}}"#
            case "list" where request.api.hasSuffix("Info"): #"{"success": true, "data": {"tasks": ["@a/t1"]}}"#
            case "list": #"{"success": true, "data": {"hosts": [{"host_name": "nas"}]}}"#
            default: nil
            }
        }
        let client = try transport.client()
        #expect(try await client.guests().map(\.name) == ["web 1"])
        _ = try await client.guest("g", additional: [.network])
        #expect(try await client.powerOn("g") == PowerAnswer())
        _ = try await client.shutdown("g")
        _ = try await client.powerOff("g", force: true)
        try await client.set("g", GuestSettings(vcpuCount: 1, autorun: 2, description: "", name: "web 2"))
        try await client.delete("g")
        #expect(try await client.tasks() == ["@a/t1"])
        #expect(try await client.inventory(.hosts) == [["host_name": "nas"]])
        #expect(
            sent(by: transport) == [
                "GET API.Guest v1 list ",
                #"GET API.Guest v1 get guest_id=text("g") additional=flag(true)"#,
                #"POST API.Guest.Action v1 poweron guest_id=text("g")"#,
                #"POST API.Guest.Action v1 shutdown guest_id=text("g")"#,
                #"POST API.Guest.Action v1 poweroff guest_id=text("g")"#,
                #"POST API.Guest v1 set guest_id=text("g") autorun=integer(2) vcpu_num=integer(1) "#
                    + #"description=text("") new_guest_name=text("web 2")"#,
                #"POST API.Guest v1 delete guest_id=text("g")"#,
                "GET API.Task.Info v1 list ",
                "GET API.Host v1 list ",
            ]
        )
    }

    @Test func `a guest of the public dialect comes in the model's words, with what was asked about it`() async throws {
        let client = try StubTransport(serving: .public, data: Self.publicGuest).client()
        let guest = try await client.guest("g", additional: [.network])
        #expect(guest.memoryMB == 4_096)
        #expect(guest.autorun == 2)
        #expect(guest.tags == ["web"])
        #expect(guest.extra["network"] == [["mac": "02:11"]])
        #expect(guest.extra["storage"] == nil)
        #expect(guest.extra["vnics"] == nil)
        _ = try await failure(.unsupported) { _ = try await client.guest("g", additional: [.snapshot]) }
    }

    @Test(
        arguments: [
            ("running", .running), ("shutdown", .stopped), ("booting", .booting), ("shutting_down", .shuttingDown),
            ("inaccessible", .inaccessible), ("moving", .moving), ("stor_migrating", .moving),
            ("creating", .creating), ("importing", .creating), ("preparing", .creating), ("ha_standby", .standby),
            ("crashed", .crashed), ("unknown", .unknown), ("undefined", .unknown), ("stopped", .unknown),
        ] as [(String, GuestStatus)]
    )
    func `status words of the public and the internal dialect`(_ word: String, _ status: GuestStatus) async throws {
        let guest = Self.publicGuest.replacing(#""running""#, with: "\"\(word)\"")
        let read = try await StubTransport(serving: .public, data: guest).client().guest("g", additional: [])
        #expect(read.status == status)
        #expect(read.rawStatus == word)
        #expect(GuestStatus(public: word) == status)
    }

    @Test func `the internal dialect reads memory in KiB, and controls power`() async throws {
        let guest = #"""
            {"guest_id": "g", "name": "web", "desc": "#web", "status": "running", "vcpu_num": 1, "vram_size": 1048576,
             "host_name": "nas", "vcpu_usage": ""}
            """#
        let transport = StubTransport(serving: .internal) { request in
            request.method == "get" ? #"{"success": true, "data": \#(guest)}"# : nil
        }
        let client = try transport.client()
        let read = try await client.guest("g", additional: [])
        #expect(read.memoryMB == 1_024)
        #expect(read.name == "web")
        #expect(read.hostName == "nas")
        _ = try await client.shutdown("g")
        #expect(
            sent(by: transport) == [
                #"GET Guest v2 get guest_id=text("g")"#,
                #"POST Guest.Action v1 pwr_ctl guest_id=text("g") action=text("shutdown")"#,
            ]
        )
    }

    @Test func `what a dialect has no words for is unsupported, names the dialect and sends nothing`() async throws {
        let calls: [(DialectName, @Sendable (SynologyClient) async throws -> Void)] = [
            (.documented, { try await $0.set("g", GuestSettings(description: "x")) }),
            (.documented, { try await $0.set("g", GuestSettings(name: "x")) }),
            (.documented, { try await $0.set("g", GuestSettings(autorun: 2)) }),
            (.documented, { _ = try await $0.inventory(.hosts) }),
            (.internal, { try await $0.set("g", GuestSettings(autorun: 1)) }),
            (.internal, { try await $0.delete("g") }),
            (.internal, { _ = try await $0.tasks() }),
            (.internal, { _ = try await $0.inventory(.images) }),
        ]
        for (name, call) in calls {
            let transport = StubTransport(serving: name, data: "{}")
            let client = try transport.client()
            let error = try await failure(.unsupported) { try await call(client) }
            #expect(error.message.contains("\(name.rawValue) dialect"))
            #expect(sent(by: transport) == [])
        }
    }

    @Test(arguments: [DialectName.public, .internal])
    func `an orderly power off where there is only the cut asks for force`(_ name: DialectName) async throws {
        let transport = StubTransport(serving: name, data: "{}")
        let error = try await failure(.badArgument) { _ = try await transport.client().powerOff("g", force: false) }
        #expect(error.hint?.contains("force = true") == true)
        #expect(sent(by: transport) == [])
    }

    @Test(
        arguments: [
            (.public, .powerOn, 904), (.public, .shutdown, 907), (.public, .powerOff, 907),
            (.internal, .powerOn, 939), (.internal, .shutdown, 903), (.internal, .powerOff, 904),
        ] as [(DialectName, PowerAction, Int)]
    )
    func `a guest that is so already is success, without a change`(
        _ name: DialectName,
        _ action: PowerAction,
        _ code: Int
    ) async throws {
        func client(_ code: Int) throws -> SynologyClient {
            try StubTransport(serving: name) { request in
                request.api.hasPrefix("SYNO.API.") ? nil : #"{"success": false, "error": {"code": \#(code)}}"#
            }
            .client()
        }
        func answer(_ client: SynologyClient) async throws -> PowerAnswer {
            switch action {
            case .powerOn: try await client.powerOn("g")
            case .shutdown: try await client.shutdown("g")
            case .powerOff: try await client.powerOff("g", force: true)
            }
        }
        #expect(try await answer(client(code)) == PowerAnswer(changed: false))
        // The same number means something else to another method, or to another dialect.
        let other = name == .internal ? 905 : 904 + 907 - code
        _ = try await failure(.wrongState) { _ = try await answer(client(other)) }
    }

    @Test(arguments: [DialectName.public, .internal], [902, 903])
    func `a host without room is insufficient_resources in each dialect that has a number for it`(
        _ name: DialectName,
        _ code: Int
    ) async throws {
        let client = try StubTransport(serving: name) { request in
            request.api.hasPrefix("SYNO.API.") ? nil : #"{"success": false, "error": {"code": \#(code)}}"#
        }
        .client()
        let error = try await failure(.insufficientResources) { _ = try await client.powerOn("g") }
        #expect(error.apiCode == code)
    }

    @Test func `the memory of hosts is in MB in each dialect`() async throws {
        for (name, memory) in [(DialectName.public, 4_096), (.internal, 4_194_304)] {
            let host = #"{"host_name": "nas", "total_ram_size": \#(memory), "free_ram_size": \#(memory)}"#
            let client = try StubTransport(serving: name, data: #"{"hosts": [\#(host)]}"#).client()
            #expect(
                try await client.inventory(.hosts) == [
                    ["host_name": "nas", "total_ram_size": 4_096, "free_ram_size": 4_096]
                ]
            )
        }
    }

    @Test(arguments: [DialectName.public, .internal])
    func `a bad parameter of a read is a guest that isn't there`(_ name: DialectName) async throws {
        let client = try StubTransport(serving: name) { request in
            request.api.hasPrefix("SYNO.API.") ? nil : #"{"success": false, "error": {"code": 401}}"#
        }
        .client()
        _ = try await failure(.notFound) { _ = try await client.guest("g", additional: []) }
    }

    @Test(
        arguments: [
            (401, .badArgument), (403, .nameConflict), (500, .busy), (903, .insufficientResources),
            (1000, .notFound), (1001, .unsupported), (105, .accessDenied),
        ] as [(Int, VMMError.Code)]
    )
    func `numbers of the public dialect`(_ number: Int, _ code: VMMError.Code) async throws {
        let client = try StubTransport(serving: .public) { request in
            request.api.hasPrefix("SYNO.API.") ? nil : #"{"success": false, "error": {"code": \#(number)}}"#
        }
        .client()
        #expect(try await failure(code) { try await client.delete("g") }.apiCode == number)
    }

    @Test(
        arguments: [
            (#"{"finish": false, "task_info": {"progress": 40, "guest_id": "g"}}"#, .running, nil),
            (#"{"finish": true, "task_info": {"progress": 100}}"#, .completed, nil),
            (#"{"finish": true, "task_info": {"error": {"code": 402}}}"#, .failed, "error 402"),
        ] as [(String, TaskStatus, String?)]
    )
    func `a task of the public dialect that is finished has not succeeded by that`(
        _ data: String,
        _ status: TaskStatus,
        _ failure: String?
    ) async throws {
        let report = try await StubTransport(serving: .public, data: data).client().task("t")
        #expect(report.status == status)
        #expect(report.failure == failure)
    }
}
