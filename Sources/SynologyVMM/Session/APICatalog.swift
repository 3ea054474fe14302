import VirtualMachines

/// What `SYNO.API.Info` says of the APIs that a NAS serves.
struct APICatalog: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        var path: String
        var versions: ClosedRange<Int>
        var quotesStrings: Bool
    }

    static let api = "SYNO.API.Info"

    /// What any of the dialects speaks to, and what a diagnosis asks.
    static let wanted = [
        Login.api, DocumentedDialect.guestAPI, DocumentedDialect.taskAPI, PublicDialect.guestAPI,
        PublicDialect.actionAPI, PublicDialect.taskAPI, PublicDialect.hostAPI, PublicDialect.networkAPI,
        PublicDialect.storageAPI, PublicDialect.imageAPI, InternalDialect.actionAPI, InternalDialect.hostAPI,
        PackageCenter.api,
    ]

    var entries: [String: Entry]

    /// Asks for those APIs alone: a NAS serves hundreds.
    static func query(_ apis: [String]) -> WebAPICall<APICatalog> {
        WebAPICall(
            api: api,
            method: "query",
            parameters: [WebAPIParameter("query", .text(apis.joined(separator: ",")))]
        ) { (answer) throws(VMMError) in
            try APICatalog(answer)
        }
    }

    init(entries: [String: Entry]) {
        self.entries = entries
    }

    private init(_ answer: AnswerReader) throws(VMMError) {
        entries = [:]
        for (name, value) in try answer.object().members {
            let entry = answer.entering(value, name.asPartOfMessage)
            let lowest = try entry.integer("minVersion")
            let highest = try entry.integer("maxVersion")
            guard lowest >= 0 else { throw entry.wrong("minVersion", expected: "0 or more") }
            guard lowest <= highest else { throw entry.wrong("maxVersion", expected: "at least minVersion") }
            entries[name] = Entry(
                path: try entry.string("path"),
                versions: lowest...highest,
                quotesStrings: try entry.optionalString("requestFormat") == "JSON"
            )
        }
    }
}
