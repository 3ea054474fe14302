import Synchronization
import VirtualMachines

/// Finds the guest that a script means; calls at the same time share one list.
final class GuestResolver: Sendable {
    private let manager: any VirtualMachineManager
    private let executor: any TaskExecutor
    private let maySee: @Sendable (Guest) -> Bool
    private let listing = Mutex<Task<Result<[Guest], VMMError>, Never>?>(nil)

    /// `maySee` says which guests hints may name.
    init(
        manager: any VirtualMachineManager,
        executor: any TaskExecutor,
        maySee: @escaping @Sendable (Guest) -> Bool
    ) {
        self.manager = manager
        self.maySee = maySee
        self.executor = executor
    }

    /// Which guest is meant: the id in a guest table, or what one list, shared by calls at the same time, tells.
    ///
    /// The list says which guest, not how it stands: it may have been asked before the caller's last action.
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
        do {
            if let guest = try await manager.guests(.among([id])).first(where: { $0.id == id }) { return guest }
        } catch {
            throw ScriptError(error)
        }
        throw Self.gone(id, name)
    }

    /// Those that are asked for, all as they are now.
    func guests(_ selection: GuestSelection) async throws(ScriptError) -> [Guest] {
        do { return try await manager.guests(selection) } catch { throw ScriptError(error) }
    }

    /// All guests; calls at the same time share the list that is under way.
    private func list() async throws(ScriptError) -> [Guest] {
        let manager = manager
        let executor = executor
        let task = listing.withLock { listing in
            if let listing { return listing }
            let task = Task(executorPreference: executor) { () async -> Result<[Guest], VMMError> in
                defer { self.listing.withLock { $0 = nil } }
                do throws(VMMError) { return .success(try await manager.guests()) } catch { return .failure(error) }
            }
            listing = task
            return task
        }
        // The list isn't this caller's own: others wait for it, when this one is cancelled.
        let result = await outcome(of: task, or: .failure(VMMError(.cancelled, "cancelled")), executor: executor)
        do { return try result.get() } catch { throw ScriptError(error) }
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
