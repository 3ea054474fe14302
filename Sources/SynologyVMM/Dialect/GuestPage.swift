import VirtualMachines

/// One page of the list of guests.
struct GuestPage: Sendable, Equatable {
    var guests: [Guest]
    /// How many guests there are in all, as the NAS counted for this page.
    var total: Int

    init(guests: [Guest], total: Int) {
        self.guests = guests
        self.total = total
    }

    /// Reads a page of a dialect that has pages.
    init(paged answer: AnswerReader, _ words: GuestWords) throws(VMMError) {
        guests = try Self.guests(answer, words)
        total = try answer.integer("total")
        guard total >= 0 else { throw answer.wrong("total", expected: "0 or more") }
    }

    /// Reads the whole list of a dialect that has no pages.
    init(whole answer: AnswerReader, _ words: GuestWords) throws(VMMError) {
        guests = try Self.guests(answer, words)
        total = guests.count
    }

    private static func guests(_ answer: AnswerReader, _ words: GuestWords) throws(VMMError) -> [Guest] {
        let elements = try answer.array("guests")
        var guests: [Guest] = []
        guests.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do throws(VMMError) {
                // The place is worked out only where it is needed, as this runs once a guest.
                let reader = AnswerReader(value: element, api: answer.api, method: answer.method)
                guests.append(try Guest(reader, words))
            } catch {
                _ = try Guest(answer.entering(element, "guests[\(index)]"), words)
                throw error
            }
        }
        return guests
    }
}
