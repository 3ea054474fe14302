import VirtualMachines

/// Something in an answer that can't be read and that nothing had to fail for; somebody is to know.
struct AnswerNote: Sendable, Equatable {
    /// By which the same trouble is known when it comes again: a guest's id, or its place in the list.
    var subject: String
    /// One line for a person.
    var message: String
}

/// A guest as an answer describes it, and what of that could not be read.
///
/// Only the id is required: one guest that a NAS describes in an odd way must not hide the others. A field that can't be
/// read is absent, and a guest whose status can't be read is ``GuestStatus/inaccessible``.
struct GuestReading: Sendable, Equatable {
    var guest: Guest
    var note: AnswerNote?

    /// Reads a guest; what the model doesn't know goes to ``Guest/extra``.
    ///
    /// One pass over the members, as a list may hold thousands of guests. Throws `badAnswer` where there is no id.
    init(_ answer: AnswerReader, _ words: GuestWords) throws(VMMError) {
        var fields = GuestFields()
        for (key, value) in try answer.object().members {
            switch key {
            case "guest_id": fields.id = try answer.string(key, value)
            case words.name: fields.name = fields.text(key, value)
            case "status": fields.status = fields.text(key, value)
            case "vcpu_num": fields.vcpuCount = fields.number(key, value, Self.vcpuCounts)
            case "vram_size": fields.memory = fields.number(key, value, words.memorySizes)
            case "storage_size": fields.storageBytes = fields.number(key, value, Self.storageSizes)
            case "autorun": fields.autorun = fields.number(key, value, Self.autorunNumbers)
            case words.description: fields.description = fields.text(key, value)
            case "host_name": fields.hostName = fields.text(key, value)
            default: fields.extra.append((key, value))
            }
        }
        guard let id = fields.id, !id.isEmpty else { throw answer.missing("guest_id", "a string") }
        // Each that is there but can't be read has a fault already.
        fields.require(words.name, fields.name != nil, "a string")
        fields.require("status", fields.status != nil, "a string")
        fields.require("vcpu_num", fields.vcpuCount != nil, "a whole number")
        fields.require("vram_size", fields.memory != nil, "a whole number")

        guest = Guest(
            id: GuestID(rawValue: id),
            name: fields.name ?? id,
            status: fields.status.map(words.status) ?? .inaccessible,
            rawStatus: fields.status,
            vcpuCount: fields.vcpuCount,
            memoryMB: fields.memory.map { $0 / words.memoryUnitsPerMB },
            storageBytes: fields.storageBytes.map(Int64.init),
            autorun: fields.autorun,
            description: fields.description,
            hostName: fields.hostName,
            extra: JSONObject(fields.extra)
        )
        guest.isNameKnown = fields.name != nil
        note = fields.faults.isEmpty ? nil : Self.note(on: guest, fields.faults, from: answer)
    }

    // MARK: What is plausible

    /// Far beyond any machine, and far from where arithmetic on a sum of them would overflow.
    private static let vcpuCounts = 1...65_535
    private static let storageSizes = 0...(1 << 60)
    private static let autorunNumbers = 0...2

    private static func note(on guest: Guest, _ faults: [GuestFields.Fault], from answer: AnswerReader) -> AnswerNote {
        let id = guest.id.rawValue.asPartOfMessage
        let name = guest.isNameKnown ? "\(guest.name.asPartOfMessage) (\(id))" : id
        let isStatusKnown = !faults.contains { $0.field == "status" }
        return AnswerNote(
            subject: guest.id.rawValue,
            message: "the guest \(name) can't be read in full: \(answer.api) \(answer.method) answered "
                + faults.map(\.words).joined(separator: ", ")
                + (isStatusKnown ? "; it is shown without that" : "; it counts as inaccessible")
                + "; look at it in Virtual Machine Manager"
        )
    }
}

extension GuestWords {
    /// The sizes of memory that are plausible, in the dialect's unit: 1 MB to 2 PB.
    fileprivate var memorySizes: ClosedRange<Int> {
        memoryUnitsPerMB...(Int(Int32.max) * memoryUnitsPerMB)
    }
}

/// The fields of a guest while they are being read.
private struct GuestFields {
    struct Fault {
        var field: String
        /// What came and what was expected: `null as 'status' (expected a string)`.
        var words: String
    }

    var id: String?
    var name: String?
    var status: String?
    var vcpuCount: Int?
    var memory: Int?
    var storageBytes: Int?
    var autorun: Int?
    var description: String?
    var hostName: String?
    var extra: [JSONObject.Member] = []
    private(set) var faults: [Fault] = []

    mutating func text(_ field: String, _ value: JSONValue) -> String? {
        if case .string(let text) = value { return text }
        add(field, "\(value.kind) as '\(field)' (expected a string)")
        return nil
    }

    mutating func number(_ field: String, _ value: JSONValue, _ range: ClosedRange<Int>) -> Int? {
        guard let number = value.wholeNumber else {
            add(field, "\(value.kind) as '\(field)' (expected a whole number)")
            return nil
        }
        guard range.contains(number) else {
            add(field, "\(number) as '\(field)' (expected \(range.lowerBound) to \(range.upperBound))")
            return nil
        }
        return number
    }

    /// A field that every guest has.
    mutating func require(_ field: String, _ isThere: Bool, _ expected: String) {
        guard !isThere, !faults.contains(where: { $0.field == field }) else { return }
        add(field, "no '\(field)' (expected \(expected))")
    }

    private mutating func add(_ field: String, _ words: String) {
        faults.append(Fault(field: field, words: words))
    }
}
