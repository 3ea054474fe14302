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

    init(documented answer: AnswerReader) throws(VMMError) {
        let elements = try answer.array("guests")
        guests = []
        guests.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do throws(VMMError) {
                // The place is worked out only where it is needed, as this runs once a guest.
                let reader = AnswerReader(value: element, api: answer.api, method: answer.method)
                guests.append(try Guest(documented: reader))
            } catch {
                _ = try Guest(documented: answer.entering(element, "guests[\(index)]"))
                throw error
            }
        }
        total = try answer.integer("total")
        guard total >= 0 else { throw answer.wrong("total", expected: "0 or more") }
    }
}
