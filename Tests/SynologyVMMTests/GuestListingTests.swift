import Testing
import VirtualMachines

@testable import SynologyVMM

@Suite struct GuestListingTests {
    private var listing = GuestListing()

    private func page(_ ids: [String], of total: Int) -> GuestPage {
        let guests = ids.map { id in
            Guest(id: GuestID(rawValue: id), name: id, status: .running, vcpuCount: 1, memoryMB: 1)
        }
        return GuestPage(guests: guests, total: total)
    }

    private func ids(_ step: GuestListing.Step) -> [String]? {
        guard case .done(let guests) = step else { return nil }
        return guests.map(\.id.rawValue)
    }

    @Test("pages add up to the whole, also where the NAS gives smaller ones than it was asked for")
    mutating func wholeList() throws {
        #expect(try listing.receive(page(["a", "b"], of: 4)) == .fetch(offset: 1))
        #expect(try listing.receive(page(["b", "c"], of: 4)) == .fetch(offset: 2))
        #expect(ids(try listing.receive(page(["c", "d"], of: 4))) == ["a", "b", "c", "d"])
    }

    @Test("a NAS that gives one guest a page is read to the end")
    mutating func smallestPages() throws {
        #expect(try listing.receive(page(["a"], of: 3)) == .fetch(offset: 0))
        #expect(try listing.receive(page(["a"], of: 3)) == .fetch(offset: 1))
        #expect(try listing.receive(page(["b"], of: 3)) == .fetch(offset: 1))
        #expect(try listing.receive(page(["b"], of: 3)) == .fetch(offset: 2))
        #expect(ids(try listing.receive(page(["c"], of: 3))) == ["a", "b", "c"])
    }

    @Test("a total that changes between pages starts the list again")
    mutating func changedTotal() throws {
        _ = try listing.receive(page(["a", "b"], of: 3))
        #expect(try listing.receive(page([], of: 2)) == .fetch(offset: 0))
        #expect(ids(try listing.receive(page(["a", "c"], of: 2))) == ["a", "c"])
    }

    @Test(
        "a page that doesn't begin with the last guest of the one before starts the list again, though the total is the same"
    )
    mutating func shifted() throws {
        _ = try listing.receive(page(["a", "b"], of: 4))
        // a is gone and e is new: c stands where b was.
        #expect(try listing.receive(page(["c", "d", "e"], of: 4)) == .fetch(offset: 0))
        _ = try listing.receive(page(["b", "c"], of: 4))
        #expect(ids(try listing.receive(page(["c", "d", "e"], of: 4))) == ["b", "c", "d", "e"])
    }

    @Test("a guest that comes twice means that one was missed, so the list starts again")
    mutating func duplicates() throws {
        _ = try listing.receive(page(["a", "b"], of: 4))
        #expect(try listing.receive(page(["b", "a", "c"], of: 4)) == .fetch(offset: 0))
        _ = try listing.receive(page(["a", "b"], of: 4))
        #expect(ids(try listing.receive(page(["b", "c", "d"], of: 4))) == ["a", "b", "c", "d"])
    }

    @Test("an empty page before the end is a bad answer")
    mutating func noProgress() throws {
        _ = try listing.receive(page(["a"], of: 2))
        let error = try #require(throws: VMMError.self) { try listing.receive(page([], of: 2)) }
        #expect(error.code == .badAnswer)
    }

    @Test("a list that never stands still is given up")
    mutating func restless() throws {
        let error = try #require(throws: VMMError.self) {
            for total in 10..<1_000 { _ = try listing.receive(page(["a"], of: total)) }
        }
        #expect(error.code == .busy)
    }

    @Test("a NAS that gives the same page for every offset is given up")
    mutating func ignoredOffset() throws {
        let error = try #require(throws: VMMError.self) {
            for _ in 0..<1_000 { _ = try listing.receive(page(["a", "b"], of: 9)) }
        }
        #expect(error.code == .busy)
    }
}
