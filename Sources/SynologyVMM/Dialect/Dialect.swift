import VirtualMachines

/// The dialects of the DSM web API for virtual machines.
public enum DialectName: String, Sendable, CaseIterable {
    /// That of the document which this project was founded on.
    case documented
    /// That of the Virtual Machine Manager API Guide, which NASes on the market serve.
    case `public`
    /// That of DSM's own web page; for reading and for power.
    case `internal`

    /// The dialect that a NAS with those APIs is best spoken to in.
    init(for catalog: APICatalog) {
        if catalog.entries[PublicDialect.guestAPI] != nil {
            self = .public
        } else if catalog.entries[DocumentedDialect.taskAPI] == nil, catalog.entries[InternalDialect.guestAPI] != nil {
            self = .internal
        } else {
            self = .documented
        }
    }

    /// The APIs without which a NAS doesn't speak it.
    var apis: [String] {
        switch self {
        case .documented: [DocumentedDialect.guestAPI, DocumentedDialect.taskAPI]
        case .public: [PublicDialect.guestAPI, PublicDialect.actionAPI]
        case .internal: [InternalDialect.guestAPI, InternalDialect.actionAPI]
        }
    }

    var dialect: any Dialect {
        switch self {
        case .documented: DocumentedDialect()
        case .public: PublicDialect()
        case .internal: InternalDialect()
        }
    }
}

/// Turns typed requests into parameters and answers into the domain's model.
///
/// It sends nothing. What a dialect has no words for is thrown as `unsupported`, before anything is sent.
protocol Dialect: Sendable, Portrayal {
    var name: DialectName { get }

    /// One page of guests; a dialect without pages gives them all.
    func list(offset: Int, limit: Int, additional: Bool) -> WebAPICall<GuestPage>
    func get(_ reference: GuestReference, additional: Set<GuestDetail>) throws(VMMError) -> WebAPICall<GuestReading>
    func inventory(_ kind: Inventory) throws(VMMError) -> WebAPICall<[JSONObject]>

    /// Throws `badArgument` for an orderly power off where the dialect can only cut the power.
    func power(_ action: PowerAction, _ id: GuestID, force: Bool) throws(VMMError) -> WebAPICall<PowerAnswer>
    func set(_ id: GuestID, _ settings: GuestSettings) throws(VMMError) -> WebAPICall<Void>
    func delete(_ id: GuestID) throws(VMMError) -> WebAPICall<Void>

    func tasks() throws(VMMError) -> WebAPICall<[TaskID]>
    func task(_ id: TaskID) throws(VMMError) -> WebAPICall<TaskReport>
    func clearTask(_ id: TaskID) throws(VMMError) -> WebAPICall<Void>
}

extension Dialect {
    /// A change of one guest.
    func write<Answer>(
        _ api: String,
        _ method: String,
        _ id: GuestID,
        _ parameters: [WebAPIParameter] = [],
        read: @escaping @Sendable (AnswerReader) throws(VMMError) -> Answer
    ) -> WebAPICall<Answer> {
        let reference = GuestReference.id(id)
        return WebAPICall(
            api: api,
            method: method,
            effect: .write(target: "guest '\(id)'"),
            parameters: [reference.parameter] + parameters,
            guest: reference.text,
            read: read
        )
    }

    /// A change of power that gives no task: the guest's status tells the outcome.
    ///
    /// `settled` is the number of the refusal that says it is as wanted already.
    func powerWrite(
        _ api: String,
        _ method: String,
        _ id: GuestID,
        _ parameters: [WebAPIParameter] = [],
        settled: Int
    ) -> WebAPICall<PowerAnswer> {
        var call = write(api, method, id, parameters) { _ in PowerAnswer() }
        call.settled = (code: settled, answer: PowerAnswer(changed: false))
        return call
    }

    func unsupported(_ what: String, hint: String? = nil, guest: GuestID? = nil) -> VMMError {
        VMMError(
            .unsupported,
            "the \(name.rawValue) dialect can't \(what)",
            hint: hint,
            guest: guest?.rawValue
        )
    }

    /// The guest's power can be cut and not turned off in order.
    func checkCut(_ action: PowerAction, _ id: GuestID, force: Bool) throws(VMMError) {
        guard action == .powerOff, !force else { return }
        throw VMMError(
            .badArgument,
            "the \(name.rawValue) dialect can only cut a guest's power",
            hint: "say force = true, or shut the guest down",
            guest: id.rawValue
        )
    }
}

/// Which guest a request means; it carries the id or the name and never both, as an empty one beside a good one fails.
enum GuestReference: Sendable, Equatable {
    case id(GuestID)
    case name(String)

    var text: String {
        switch self {
        case .id(let id): id.rawValue
        case .name(let name): name
        }
    }

    /// Reads the guest that was asked for.
    ///
    /// Throws `badAnswer` for another one: what is done next would be done to that.
    func read(_ answer: AnswerReader, _ words: GuestWords) throws(VMMError) -> GuestReading {
        let reading = try GuestReading(answer, words)
        let answered =
            switch self {
            case .id: reading.guest.id.rawValue
            case .name: reading.guest.name
            }
        // The same scalars: Swift's own `==` takes different spellings of one character for the same.
        guard answered.utf8.elementsEqual(text.utf8) else {
            throw answer.stranger("guest", asked: text, answered: answered)
        }
        return reading
    }

    var parameter: WebAPIParameter {
        switch self {
        case .id(let id): WebAPIParameter("guest_id", .text(id.rawValue))
        case .name(let name): WebAPIParameter("guest_name", .text(name))
        }
    }
}
