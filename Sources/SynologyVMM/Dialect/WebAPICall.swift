import VirtualMachines

/// One typed call: what to send, and how to read the answer.
///
/// Dialects make them, the client carries them out.
struct WebAPICall<Answer: Sendable>: Sendable {
    /// What the call does, and so what a lost answer means.
    enum Effect: Sendable, Equatable {
        case read
        /// It changes something: `target`, in words for a message.
        case write(target: String)
        /// It concerns the login, and goes as POST to keep secrets out of web server logs.
        case session
    }

    var api: String
    var method: String
    var version = 1
    var effect = Effect.read
    var parameters: [WebAPIParameter] = []
    /// The guest that the call is about, for errors.
    var guest: String?
    /// API and method in one word, by which calls of the same kind are known.
    var name: String { "\(api).\(method)" }
    /// A refusal that says that all is as wanted already, and what it means.
    var settled: (code: Int, answer: Answer)?
    /// Error numbers that mean something else in this call than in the table of its API.
    var meanings: [Int: ErrorTable.Entry] = [:]
    let read: @Sendable (AnswerReader) throws(VMMError) -> Answer

    init(
        api: String,
        method: String,
        version: Int = 1,
        effect: Effect = .read,
        parameters: [WebAPIParameter] = [],
        guest: String? = nil,
        meanings: [Int: ErrorTable.Entry] = [:],
        read: @escaping @Sendable (AnswerReader) throws(VMMError) -> Answer
    ) {
        self.api = api
        self.method = method
        self.version = version
        self.effect = effect
        self.parameters = parameters
        self.guest = guest
        self.meanings = meanings
        self.read = read
    }

    /// The error for a refusal with `code`; `place` names the NAS.
    func refusal(_ code: Int, errors: JSONValue? = nil, by place: String) -> VMMError {
        let entry = meanings[code] ?? ErrorTable.entry(api: api, code: code)
        var subject = place
        if let guest { subject = "guest '\(guest)'" }
        if case .write(let target) = effect { subject = target }
        var what = entry.what
        if case .string(let parameter)? = errors?["name"] { what += " ('\(parameter.asPartOfMessage)')" }
        return VMMError(
            entry.code,
            "\(subject): \(what) (\(api) \(method), code \(code))",
            hint: entry.hint,
            api: api,
            method: method,
            apiCode: code,
            guest: guest
        )
    }

    /// The call as a request to a place that the NAS named.
    func request(at entry: APICatalog.Entry, _ credentials: Credentials?, timeout: Duration? = nil) -> WebAPIRequest {
        WebAPIRequest(
            path: entry.path,
            api: api,
            version: version,
            method: method,
            isPost: effect != .read,
            parameters: parameters,
            quotesStrings: entry.quotesStrings,
            credentials: credentials,
            timeout: timeout
        )
    }
}
