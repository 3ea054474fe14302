import VirtualMachines

/// Puts pages together to one list that is whole, or says that it can't be had.
///
/// Guests come and go while pages are read, which shifts the rest. So each page begins with the last guest of the page
/// before: where that one has moved, a guest may have slipped past between the two. The list counts only if none had moved,
/// the total stood still, and every guest of it came; otherwise it is read again, a few times. As long as a NAS keeps the
/// order of the guests that stay, none of those can be missed. A list of one page costs one request.
struct GuestListing: Sendable {
    /// What to do next.
    enum Step: Sendable, Equatable {
        case fetch(offset: Int)
        case done([Guest])
    }

    private static let maximumTries = 5

    private var tries = 1
    /// How many entries were read.
    private var offset = 0
    private var total: Int?
    /// Whether the page that is awaited begins with the last entry that was read.
    private var overlaps = false
    /// The id of the last entry that was read, where it can be.
    private var last: GuestID?
    /// How many entries have no id that can be read.
    private var unlistedCount = 0
    private var guests: [Guest] = []
    private var ids: Set<GuestID> = []

    /// Takes in the page at the offset that was asked for.
    ///
    /// Throws `badAnswer`, and `busy` for a list that never settles.
    mutating func receive(_ page: GuestPage) throws(VMMError) -> Step {
        if let total, total != page.total { return try startAgain() }
        total = page.total
        guard page.count > 0 else {
            guard offset < page.total else { return try end(page) }
            throw VMMError(.badAnswer, "the NAS answered an empty page at \(offset) of \(page.total) guests")
        }
        if overlaps, page.first != last { return try startAgain() }
        let news = page.count - (overlaps ? 1 : 0)
        // A NAS of such small pages can't be asked for more than one guest at once.
        guard news > 0 else {
            overlaps = false
            return .fetch(offset: offset)
        }
        offset += news
        unlistedCount += page.count - page.guests.count - (overlaps && last == nil ? 1 : 0)
        last = page.last
        let known = guests.count
        ids.reserveCapacity(known + page.guests.count)
        for guest in page.guests.dropFirst(overlaps && page.first != nil ? 1 : 0) {
            // A guest that comes twice has moved.
            guard ids.insert(guest.id).inserted else { return try startAgain() }
            guests.append(guest)
        }
        return try end(page)
    }

    private mutating func end(_ page: GuestPage) throws(VMMError) -> Step {
        guard offset < page.total else {
            return guests.count + unlistedCount == page.total ? .done(guests) : try startAgain()
        }
        overlaps = true
        return .fetch(offset: offset - 1)
    }

    private mutating func startAgain() throws(VMMError) -> Step {
        guard tries < Self.maximumTries else {
            throw VMMError(
                .busy,
                "the list of guests was another one each of the \(tries) times it was read",
                hint: "try again when fewer guests are being created or deleted"
            )
        }
        let tries = tries + 1
        self = GuestListing()
        self.tries = tries
        return .fetch(offset: 0)
    }
}
