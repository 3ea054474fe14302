import VirtualMachines

extension SynologyClient {
    /// All guests, each once.
    public func guests() async throws(VMMError) -> [Guest] {
        try await guests(additional: false)
    }

    /// All guests, each once; `additional` asks for more about each, which goes to ``Guest/extra``.
    ///
    /// Pages are fetched until the list is whole. Throws `busy` if it changes faster than it can be read. A guest that can't
    /// be read in full doesn't fail it: ``Configuration/notice`` tells of it.
    public func guests(additional: Bool) async throws(VMMError) -> [Guest] {
        var listing = GuestListing()
        var offset = 0
        while true {
            let page = try await perform { dialect in
                // Pages overlap by a guest.
                dialect.list(offset: offset, limit: max(2, configuration.pageSize), additional: additional)
            }
            notices.tell(page.notes)
            switch try listing.receive(page) {
            case .fetch(let next): offset = next
            case .done(let guests): return guests
            }
        }
    }

    /// One guest by id.
    public func guest(_ id: GuestID, additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        try checkPresent("guest_id", id.rawValue)
        return try await guest(.id(id), additional)
    }

    /// One guest by name; which one, where several share the name, is the NAS's choice.
    public func guest(named name: String, additional: Set<GuestDetail> = []) async throws(VMMError) -> Guest {
        try checkPresent("guest_name", name)
        return try await guest(.name(name), additional)
    }

    private func guest(_ reference: GuestReference, _ additional: Set<GuestDetail>) async throws(VMMError) -> Guest {
        let reading = try await perform { (dialect) throws(VMMError) in
            try dialect.get(reference, additional: additional)
        }
        notices.tell(reading.note)
        return reading.guest
    }

    /// What there is of that kind.
    public func inventory(_ kind: Inventory) async throws(VMMError) -> [JSONObject] {
        try await perform { (dialect) throws(VMMError) in try dialect.inventory(kind) }
    }

    /// Starts a guest.
    public func powerOn(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try checkPresent("guest_id", id.rawValue)
        return try await perform { (dialect) throws(VMMError) in try dialect.power(.powerOn, id, force: false) }
    }

    /// Sends a guest the ACPI signal to shut down.
    public func shutdown(_ id: GuestID) async throws(VMMError) -> PowerAnswer {
        try checkPresent("guest_id", id.rawValue)
        return try await perform { (dialect) throws(VMMError) in try dialect.power(.shutdown, id, force: false) }
    }

    /// Turns a guest off; `force` does so at once.
    public func powerOff(_ id: GuestID, force: Bool) async throws(VMMError) -> PowerAnswer {
        try checkPresent("guest_id", id.rawValue)
        return try await perform { (dialect) throws(VMMError) in try dialect.power(.powerOff, id, force: force) }
    }

    /// Changes a guest's settings.
    public func set(_ id: GuestID, _ settings: GuestSettings) async throws(VMMError) {
        try checkPresent("guest_id", id.rawValue)
        try await perform { (dialect) throws(VMMError) in try dialect.set(id, settings) }
    }

    /// Deletes a guest.
    public func delete(_ id: GuestID) async throws(VMMError) {
        try checkPresent("guest_id", id.rawValue)
        try await perform { (dialect) throws(VMMError) in try dialect.delete(id) }
    }

    /// A request without id and name could mean any guest.
    private func checkPresent(_ field: String, _ text: String) throws(VMMError) {
        guard text.isEmpty else { return }
        throw VMMError(.badArgument, "\(field) is empty, expected the guest's")
    }
}
