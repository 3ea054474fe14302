import VirtualMachines

/// A guest that a run has changed or begun to change.
public struct TouchedGuest: Sendable, Hashable {
    /// The guest's id, where its name alone doesn't say which one is meant.
    public let id: GuestID?
    /// The guest's name.
    public let name: String
    /// What was asked last, such as `shutdown`.
    public let action: String
    /// Whether the run saw that done; otherwise the guest is midway.
    public internal(set) var isDone: Bool
    /// Whether the guest ran before the run's first change, and was off when it was last seen.
    public let isOff: Bool
    /// The status to which the run was taking the guest, where it was taking it to one.
    public let goal: GuestStatus?
    /// The settings that differ from those before the run: `memory 1024 → 2048 MB`.
    public let settings: [String]

    /// Describes a guest that was touched.
    public init(
        id: GuestID? = nil,
        name: String,
        action: String,
        isDone: Bool,
        isOff: Bool = false,
        goal: GuestStatus? = nil,
        settings: [String] = []
    ) {
        self.id = id
        self.name = name
        self.action = action
        self.isDone = isDone
        self.isOff = isOff
        self.goal = goal
        self.settings = settings
    }
}

/// What a run has asked of its guests and how it saw them since, so that its end can tell how it leaves them.
struct GuestLedger: Sendable {
    /// A write that left, or is about to.
    private struct Write {
        /// In the order of all writes of the run.
        let number: Int
        let operation: OperationID
        /// As it is told: `shutdown`.
        let action: String
        let power: PowerAction?
        var isDone = false
    }

    private struct Entry {
        let name: String
        /// Right before the run's first write.
        let before: GuestStatus
        /// As last seen.
        var status: GuestStatus
        var goal: GuestStatus?
        /// Whether the run has deleted it.
        var isGone = false
        /// As it was before the run's first change of settings, and after the last.
        var settings: (before: Guest, after: Guest)?
        var writes: [Write] = []

        /// Whether the guest gave service before the run and gives none now.
        var isOff: Bool { !isGone && !before.isDown && status.isDown }

        /// The latest change of power that was asked for, refused ones included.
        var lastPower: PowerAction? { writes.last { $0.power != nil }?.power }
    }

    private var entries: [GuestID: Entry] = [:]
    /// Goals of guests that no write has left for yet.
    private var goals: [GuestID: GuestStatus] = [:]
    private var writeCount = 0

    /// Whether the run has touched no guest.
    var isEmpty: Bool { entries.isEmpty }

    /// The guests that the run changed or began to change, in the order in which it last did.
    var touchedGuests: [TouchedGuest] {
        let names = Dictionary(entries.values.map { ($0.name, 1) }, uniquingKeysWith: +)
        return entries.compactMap { id, entry in entry.writes.last.map { (id, $0, entry) } }
            .sorted { $0.1.number < $1.1.number }
            .map { id, last, entry in
                // A guest is midway while any write to it is, whatever was done to it since.
                let open = entry.writes.last { !$0.isDone }
                return TouchedGuest(
                    id: names[entry.name] == 1 && entry.name.isPlainName ? nil : id,
                    name: entry.name,
                    action: (open ?? last).action,
                    isDone: open == nil,
                    isOff: entry.isOff,
                    // Who starts a guest wants it to run, whatever it was stopped for.
                    goal: entry.isGone
                        ? nil : open?.power == .powerOn ? .running : entry.goal ?? open?.power?.wantedStatus,
                    settings: entry.settings.map { $0.before.differences(to: $0.after) } ?? []
                )
            }
    }

    /// The guest and the action of a change of power.
    func power(of operation: OperationID) -> (guest: GuestID, action: PowerAction)? {
        guard let guest = target(of: operation),
            let action = entries[guest]?.writes.first(where: { $0.operation == operation })?.power
        else { return nil }
        return (guest, action)
    }

    private func target(of operation: OperationID) -> GuestID? {
        entries.first { $0.value.writes.contains { $0.operation == operation } }?.key
    }

    // MARK: What the run asks

    /// The run is about to send a write; one that is sent again counts once.
    mutating func willWrite(_ operation: Operation, _ guest: Guest) {
        var entry = entries[guest.id] ?? Entry(name: guest.name, before: guest.status, status: guest.status)
        entry.status = guest.status
        entry.goal = entry.goal ?? goals.removeValue(forKey: guest.id)
        if !entry.writes.contains(where: { $0.operation == operation.id }) {
            writeCount += 1
            // Of those that were seen done, the last tells enough: a script may change a guest time and again.
            let lastDone = entry.writes.last(where: \.isDone)?.number
            entry.writes.removeAll { $0.isDone && $0.number != lastDone }
            entry.writes.append(
                Write(
                    number: writeCount,
                    operation: operation.id,
                    action: operation.shortName,
                    power: operation.power
                )
            )
        }
        entries[guest.id] = entry
    }

    /// The script takes the guest to that status, by whatever writes.
    mutating func aims(_ guest: GuestID, at status: GuestStatus) {
        if entries[guest] == nil { goals[guest] = status } else { entries[guest]?.goal = status }
    }

    /// A change of settings, or a deletion where there is no guest `after`, was seen to be in force.
    mutating func finished(_ operation: OperationID, of before: Guest, _ after: Guest?) {
        let guest = before.id
        if let after {
            let first = entries[guest]?.settings?.before ?? before
            entries[guest]?.settings = (first, after)
        } else {
            entries[guest]?.isGone = true
        }
        guard let index = entries[guest]?.writes.lastIndex(where: { $0.operation == operation }) else { return }
        entries[guest]?.writes[index].isDone = true
    }

    /// A write was refused: it changed nothing.
    ///
    /// A refused start of a guest that the run had stopped leaves it off, and stays open for that.
    mutating func refused(_ operation: OperationID) {
        guard let guest = target(of: operation), let entry = entries[guest] else { return }
        if entry.isOff, entry.writes.contains(where: { $0.operation == operation && $0.power == .powerOn }) { return }
        let others = entry.writes.filter { $0.operation != operation }
        entries[guest]?.writes = others
        if others.isEmpty { entries[guest] = nil }
    }

    // MARK: What the run sees

    /// A guest was seen: what was last asked of its power is done if it is in the status which that wanted.
    mutating func saw(_ guest: GuestID, in status: GuestStatus) {
        guard let entry = entries[guest], !status.isNoNews else { return }
        entries[guest]?.status = status
        guard entry.lastPower?.wantedStatus.isReached(in: status) == true else { return }
        for index in entry.writes.indices where entry.writes[index].power != nil {
            entries[guest]?.writes[index].isDone = true
        }
    }

    /// A change of power has ended the other way, and the guest was seen as it was before: nothing is under way any more.
    mutating func turnedBack(_ guest: GuestID, in status: GuestStatus) {
        saw(guest, in: status)
        guard let entry = entries[guest], entry.before.isDown == status.isDown, !status.isNoNews else { return }
        let others = entry.writes.filter { $0.power == nil || $0.isDone }
        entries[guest]?.writes = others
        if others.isEmpty { entries[guest] = nil }
    }
}

extension String {
    /// Whether a guest's name can't be read as a pattern or a list, wherever it is pasted.
    fileprivate var isPlainName: Bool {
        !isEmpty
            && unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || $0.properties.numericType != nil || "-_.".unicodeScalars.contains($0)
            }
    }
}

extension GuestStatus {
    /// Whether a guest that is to be so counts as being so: one that crashed is off.
    func isReached(in status: GuestStatus) -> Bool { self == status || self == .stopped && status == .crashed }
}

extension Operation {
    /// The change of power that it asks for, if it does.
    var power: PowerAction? {
        guard case .power(let request) = action else { return nil }
        return request.action
    }
}
