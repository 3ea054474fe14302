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

    /// Reads a guest as it is now.
    func guest(_ id: GuestID, name: String, additional: Set<GuestDetail> = []) async throws(ScriptError) -> Guest {
        do {
            return try await manager.guest(id, additional: additional)
        } catch {
            guard error.code == .notFound else { throw ScriptError(error, about: id, name: name) }
            throw Self.gone(id, name)
        }
    }

    /// Reads a guest as it is now with all that a list tells, which may be more than reading it alone does.
    func listedGuest(_ id: GuestID, name: String) async throws(ScriptError) -> Guest {
        do {
            if let guest = try await manager.guests(.among([id])).first { return guest }
        } catch {
            throw ScriptError(error)
        }
        throw Self.gone(id, name)
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

    private func find(_ text: String, among guests: [Guest]) throws(ScriptError) -> Guest {
        if let guest = guests.first(where: { $0.id.rawValue.isSpelled(text) }) { return guest }
        let named = guests.filter { $0.name.isSpelled(text) }
        if named.count > 1 {
            let ids = named.filter(maySee).map(\.id.rawValue).sorted().joined(separator: ", ")
            throw ScriptError(
                .ambiguous,
                "\(named.count) guests are called \(text): \(ids)",
                hint: "name the one you mean by its id",
                guest: text
            )
        }
        guard let guest = named.first else {
            let near = nearNames(to: text, among: guests.filter(maySee).map(\.name))
            throw ScriptError(
                .notFound,
                "there is no guest \"\(text)\"",
                hint: near.isEmpty
                    ? "see the guests with vmm.list()" : "did you mean \(near.joined(separator: " or "))?",
                guest: text
            )
        }
        return guest
    }
}

extension String {
    /// Whether both are the same scalars; Swift's own `==` takes different spellings of one character for the same.
    fileprivate func isSpelled(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

/// Up to three names that differ little from `text`, nearest first.
package func nearNames(to text: String, among names: [String]) -> [String] {
    // Nobody misspells what is longer, and comparing takes time in proportion to both lengths.
    guard text.utf8.count <= 200 else { return [] }
    let limit = max(1, text.count / 3)
    let near = Set(names).map { (name: $0, distance: editDistance(text.lowercased(), $0.lowercased())) }
        .filter { $0.distance <= limit }
        .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return near.prefix(3).map(\.name)
}

/// Insertions, deletions and replacements that turn one text into the other.
private func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in 0..<right.count {
            let replaced = diagonal + (character == right[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
