import VirtualMachines

/// Puts pages together to one list that is whole, or says that it can't be had.
///
/// Guests come and go while pages are read, which shifts the rest. So the list counts only if the total stood still and
/// every guest of it came; otherwise it is read again, a few times.
struct GuestListing: Sendable {
    /// What to do next.
    enum Step: Sendable, Equatable {
        case fetch(offset: Int)
        case done([Guest])
    }

    private static let maximumTries = 5

    private var tries = 1
    private var offset = 0
    private var total: Int?
    private var guests: [Guest] = []
    private var ids: Set<GuestID> = []

    /// Takes in the page at the offset that was asked for.
    ///
    /// Throws `badAnswer`, and `busy` for a list that never settles.
    mutating func receive(_ page: GuestPage) throws(VMMError) -> Step {
        if let total, total != page.total { return try startAgain() }
        total = page.total
        offset += page.guests.count
        let known = guests.count
        ids.reserveCapacity(known + page.guests.count)
        for guest in page.guests where ids.insert(guest.id).inserted { guests.append(guest) }
        if offset >= page.total {
            return guests.count == page.total ? .done(guests) : try startAgain()
        }
        guard !page.guests.isEmpty else {
            throw VMMError(
                .badAnswer,
                "the NAS answered an empty page at \(offset) of \(page.total) guests"
            )
        }
        return guests.count > known ? .fetch(offset: offset) : try startAgain()
    }

    private mutating func startAgain() throws(VMMError) -> Step {
        guard tries < Self.maximumTries else {
            throw VMMError(
                .busy,
                "the list of guests was another one each of the \(tries) times it was read",
                hint: "try again when fewer guests are being created or deleted"
            )
        }
        tries += 1
        offset = 0
        total = nil
        guests = []
        ids = []
        return .fetch(offset: 0)
    }
}
