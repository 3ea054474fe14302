import LuaRuntime
import VirtualMachines

/// Finds the guest that a script means; calls at the same time share one list.
final class GuestResolver: Sendable {
    private let manager: any VirtualMachineManager
    private let maySee: @Sendable (Guest) -> Bool
    private let lists: SharedReads<GuestSelection, [Guest]>

    /// `maySee` says which guests hints may name.
    init(
        manager: any VirtualMachineManager,
        thread: LuaThread,
        maySee: @escaping @Sendable (Guest) -> Bool
    ) {
        self.manager = manager
        self.maySee = maySee
        lists = SharedReads(on: thread)
    }

    /// Which guest is meant: the id in a guest table, or what one list, shared by calls at the same time, tells.
    ///
    /// Throws `not_found` with near names, `ambiguous` with the ids.
    func identify(_ reference: GuestReference) async throws(ScriptError) -> (id: GuestID, name: String) {
        switch reference {
        case .id(let id, let name): return (id, name)
        case .text(let text):
            let guest = try find(text, among: try await list())
            return (guest.id, guest.name)
        }
    }

    /// A guest that a script calls by its name must still have it when it is read.
    ///
    /// Throws `bad_answer`: the list and the guest itself contradict each other, or it was renamed in between.
    static func check(_ guest: Guest, isCalled name: String, by reference: GuestReference) throws(ScriptError) {
        guard case .text(let text) = reference, text != guest.id.rawValue, guest.isNameKnown, guest.name != name else {
            return
        }
        throw ScriptError(
            .badAnswer,
            "the list of guests calls \(guest.id) \(name), and the guest itself is called \(guest.name)",
            hint: "nothing was changed; look at both in Virtual Machine Manager",
            guest: name
        )
    }

    /// Reads a guest as it is now.
    ///
    /// Throws `bad_answer` where another one is answered: the id that is asked for is what is acted on.
    func guest(_ id: GuestID, name: String, additional: Set<GuestDetail> = []) async throws(ScriptError) -> Guest {
        let guest: Guest
        do {
            guest = try await manager.guest(id, additional: additional)
        } catch {
            guard error.code == .notFound else { throw ScriptError(error, about: id, name: name) }
            throw Self.gone(id, name)
        }
        guard guest.id == id else {
            throw ScriptError(
                .badAnswer,
                "the answer about \(name) (\(id)) is about \(guest.name) (\(guest.id))",
                hint: "nothing is done to either; look at both in Virtual Machine Manager",
                guest: name
            )
        }
        return guest
    }

    /// Reads a guest as it is now with all that a list tells, which may be more than reading it alone does.
    func listedGuest(_ id: GuestID, name: String) async throws(ScriptError) -> Guest {
        guard let guest = try await listedGuestIfPresent(id, name: name) else { throw Self.gone(id, name) }
        return guest
    }

    /// The same; nil where there is no such guest.
    ///
    /// A list without it may be one that isn't ready: what the NAS says of this guest alone counts then.
    func listedGuestIfPresent(_ id: GuestID, name: String) async throws(ScriptError) -> Guest? {
        if let guest = try await guests(.among([id])).first(where: { $0.id == id }) { return guest }
        do {
            return try await guest(id, name: name)
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    /// Those that are asked for, all as they are now.
    func guests(_ selection: GuestSelection) async throws(ScriptError) -> [Guest] {
        do { return try await manager.guests(selection) } catch { throw ScriptError(error) }
    }

    /// All guests; calls at the same time share a list that none of them is older than.
    private func list() async throws(ScriptError) -> [Guest] {
        try await lists.answer(to: .all) { [self] () async throws(ScriptError) in try await guests(.all) }
    }

    static func gone(_ id: GuestID, _ name: String) -> ScriptError {
        ScriptError(
            .notFound,
            name == id.rawValue ? "there is no guest with the id \(id)" : "the guest \(name) (\(id)) is gone",
            hint: "see the guests with vmm.list()",
            guest: name
        )
    }

    /// The guests that a text means in a selection: one by its id, else by its name, else those whose names fit the pattern.
    ///
    /// Of a pattern's guests those that may not be read are left out. Throws as ``identify(_:)`` does, `not_found` for a
    /// pattern that fits nobody too, and `permission_denied` for one guest that may not be read.
    func select(_ text: String, mayRead: (Guest) throws(ScriptError) -> Void) async throws(ScriptError) -> [Guest] {
        let guests = try await guests(.all)
        if let guest = try guest(called: text, among: guests) {
            try mayRead(guest)
            return [guest]
        }
        let pattern = Glob(text)
        let fitting = Glob.isPattern(text) ? guests.filter { pattern.matches($0.name) } : []
        guard !fitting.isEmpty else { throw nobody(text, among: guests) }
        return fitting.filter(maySee)
    }

    private func find(_ text: String, among guests: [Guest]) throws(ScriptError) -> Guest {
        guard let guest = try guest(called: text, among: guests) else { throw nobody(text, among: guests) }
        return guest
    }

    /// The guest of that id, else the one of that name; nil where there is none.
    ///
    /// Swift's `==` takes the normal forms of a name for the same, which is what is wanted here.
    private func guest(called text: String, among guests: [Guest]) throws(ScriptError) -> Guest? {
        if let guest = guests.first(where: { $0.id.rawValue == text }) { return guest }
        let named = guests.filter { $0.name == text }
        guard named.count > 1 else { return named.first }
        let ids = named.filter(maySee).map(\.id.rawValue).sorted().joined(separator: ", ")
        throw ScriptError(
            .ambiguous,
            "\(named.count) guests are called \(text): \(ids)",
            hint: "name the one you mean by its id",
            guest: text
        )
    }

    private func nobody(_ text: String, among guests: [Guest]) -> ScriptError {
        let names = guests.filter(maySee).map(\.name)
        let pattern = Glob(text)
        var message = "there is no guest \"\(text)\""
        var hint = "see the guests with vmm.list()"
        if Glob.isPattern(text), names.contains(where: pattern.matches) {
            hint = "this takes one guest; vmm.list{ name = \"\(text)\" } gives those that fit a pattern"
        } else {
            if Glob.isPattern(text) { message = "no guest's name fits \"\(text)\"" }
            let near = nearNames(to: text, among: names)
            if !near.isEmpty {
                hint = "did you mean \(near.joined(separator: " or "))?"
            } else if text.contains(",") {
                hint = "name one guest; where several may be named, they are a list: { \"a\", \"b\" }"
            }
        }
        return ScriptError(.notFound, message, hint: hint, guest: text)
    }
}
