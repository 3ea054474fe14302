import VirtualMachines

/// One page of the list of guests.
struct GuestPage: Sendable, Equatable {
    /// The guests whose id can be read.
    private(set) var guests: [Guest]
    /// How many entries the page has, with those of which not even the id can be read.
    private(set) var count: Int
    /// The id of the first entry, where it can be read.
    private(set) var first: GuestID?
    /// The id of the last entry, where it can be read.
    private(set) var last: GuestID?
    /// How many guests there are in all, as the NAS counted for this page.
    private(set) var total: Int
    /// What can't be read.
    private(set) var notes: [AnswerNote] = []

    /// A page of which everything can be read.
    init(guests: [Guest], total: Int) {
        self.guests = guests
        self.count = guests.count
        self.first = guests.first?.id
        self.last = guests.last?.id
        self.total = total
    }

    /// Reads a page of a dialect that has pages.
    init(paged answer: AnswerReader, _ words: GuestWords) throws(VMMError) {
        let total = try answer.integer("total")
        guard total >= 0 else { throw answer.wrong("total", expected: "0 or more") }
        self.init(guests: [], total: total)
        try read(answer, words)
    }

    /// Reads the whole list of a dialect that has no pages.
    init(whole answer: AnswerReader, _ words: GuestWords) throws(VMMError) {
        self.init(guests: [], total: 0)
        try read(answer, words)
        dropRepeated()
        total = count
    }

    private mutating func read(_ answer: AnswerReader, _ words: GuestWords) throws(VMMError) {
        let elements = try answer.array("guests")
        guests.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            last = nil
            do throws(VMMError) {
                let reader = AnswerReader(value: element, api: answer.api, method: answer.method)
                let reading = try GuestReading(reader, words)
                guests.append(reading.guest)
                last = reading.guest.id
                if let note = reading.note { notes.append(note) }
            } catch {
                notes.append(Self.note(onUnlisted: element, index, words, error))
            }
            if index == 0 { first = last }
        }
        count = elements.count
    }

    private static func note(
        onUnlisted element: JSONValue,
        _ index: Int,
        _ words: GuestWords,
        _ problem: VMMError
    ) -> AnswerNote {
        var name = "the guest at place \(index + 1) of the list"
        if case .string(let word)? = element[words.name] { name = "the guest \(word.asPartOfMessage)" }
        return AnswerNote(
            subject: name,
            message: "\(name) is left out, as its id can't be read: \(problem.message);"
                + " look at it in Virtual Machine Manager"
        )
    }

    /// Takes each guest once: of one that is described in two ways nobody knows how it stands.
    private mutating func dropRepeated() {
        guard Set(guests.map(\.id)).count < guests.count else { return }
        var places: [GuestID: Int] = [:]
        var kept: [Guest] = []
        for guest in guests {
            guard let place = places[guest.id] else {
                places[guest.id] = kept.count
                kept.append(guest)
                continue
            }
            guard kept[place] != guest else { continue }
            kept[place].status = .inaccessible
            notes.append(
                AnswerNote(
                    subject: guest.id.rawValue,
                    message:
                        "the guest \(guest.name.asPartOfMessage) (\(guest.id.rawValue.asPartOfMessage)) is listed in two ways;"
                        + " it counts as inaccessible; look at it in Virtual Machine Manager"
                )
            )
        }
        count -= guests.count - kept.count
        guests = kept
    }
}
