/// The identity of a guest on its NAS: opaque, unique, and unchanged by a rename.
public struct GuestID: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The id as the NAS spells it.
    public let rawValue: String

    /// Wraps an id as the NAS spells it.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Wraps an id written out in source.
    public init(stringLiteral value: String) {
        self.rawValue = value
    }

    /// The id as the NAS spells it.
    public var description: String { rawValue }
}

/// A snapshot of one virtual machine, as its NAS described it at one moment.
public struct Guest: Sendable, Equatable {
    /// Identity; what every request carries.
    public var id: GuestID
    /// The name that people use; not unique, two guests may share one.
    public var name: String
    /// Whether the NAS told the name in a form that can be read; otherwise ``name`` is the id.
    ///
    /// Who may change the guest rests on its name, so nothing is written to one without.
    public var isNameKnown = true
    /// Status in the one vocabulary of this project.
    public var status: GuestStatus
    /// The status word that the NAS used.
    public var rawStatus: String
    /// Number of virtual CPUs, 1 or more; absent where the NAS doesn't tell, or tells what can't be read.
    public var vcpuCount: Int?
    /// Memory in MB, 1 or more; absent where the NAS doesn't tell, or tells what can't be read.
    public var memoryMB: Int?
    /// Size of the guest's storage in bytes, where the dialect tells.
    public var storageBytes: Int64?
    /// Whether the guest starts at boot, in the dialect's own number: documented 0 is off and 1 on.
    ///
    /// Absent where the answer leaves it out, as the documented `Get` does.
    public var autorun: Int?
    /// Free text an operator wrote, where the dialect tells.
    public var description: String?
    /// The host that the guest runs on, where the dialect tells.
    public var hostName: String?
    /// Fields of the answer that this model doesn't know, passed through as they came.
    public var extra: JSONObject

    /// Describes a guest whose name is known.
    public init(
        id: GuestID,
        name: String,
        status: GuestStatus,
        rawStatus: String? = nil,
        vcpuCount: Int?,
        memoryMB: Int?,
        storageBytes: Int64? = nil,
        autorun: Int? = nil,
        description: String? = nil,
        hostName: String? = nil,
        extra: JSONObject = [:]
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.rawStatus = rawStatus ?? status.rawValue
        self.vcpuCount = vcpuCount
        self.memoryMB = memoryMB
        self.storageBytes = storageBytes
        self.autorun = autorun
        self.description = description
        self.hostName = hostName
        self.extra = extra
    }

    /// The words of the description that begin with `#`, without it: `"shop #web #canary"` has `web` and `canary`.
    public var tags: [String] {
        // By scalars, and ASCII apart: this runs for each guest of each list, and Unicode's tables took a tenth of all.
        (description ?? "").unicodeScalars.split(whereSeparator: \.isSpace).filter { $0.first == "#" && $0.count > 1 }
            .map { String($0.dropFirst()) }
    }
}

extension Unicode.Scalar {
    fileprivate var isSpace: Bool { isASCII ? self == " " || ("\t"..."\r").contains(self) : properties.isWhitespace }
}

/// What `Get` adds to a guest on request; in the documented dialect's words.
public enum GuestDetail: String, Sendable, CaseIterable {
    /// Network interfaces.
    case network
    /// Virtual disks.
    case storage
    /// Snapshots.
    case snapshot
}

/// New values for a guest's settings; what is nil stays as it is.
public struct GuestSettings: Sendable, Equatable {
    /// Number of virtual CPUs; the guest must be stopped.
    public var vcpuCount: Int?
    /// Memory in MB; the guest must be stopped.
    public var memoryMB: Int?
    /// Start at boot, in the dialect's own number; may be changed at any time.
    public var autorun: Int?
    /// Free text, where the dialect has it.
    public var description: String?
    /// A new name, where the dialect can rename.
    public var name: String?

    /// Names the settings to change.
    public init(
        vcpuCount: Int? = nil,
        memoryMB: Int? = nil,
        autorun: Int? = nil,
        description: String? = nil,
        name: String? = nil
    ) {
        self.vcpuCount = vcpuCount
        self.memoryMB = memoryMB
        self.autorun = autorun
        self.description = description
        self.name = name
    }

    /// Whether nothing would be changed.
    public var isEmpty: Bool { self == GuestSettings() }

    /// Whether every wanted value already stands in `guest`.
    public func hold(in guest: Guest) -> Bool {
        (vcpuCount ?? guest.vcpuCount) == guest.vcpuCount && (memoryMB ?? guest.memoryMB) == guest.memoryMB
            && (autorun ?? guest.autorun) == guest.autorun && (name ?? guest.name) == guest.name
            && (description ?? guest.description ?? "") == guest.description ?? ""
    }
}

extension Guest {
    /// What differs in another reading of the same guest: `memory 1024 → 2048 MB`.
    public func differences(to after: Guest) -> [String] {
        var parts: [String] = []
        func words(_ number: Int?) -> String { number.map(String.init) ?? "unknown" }
        if vcpuCount != after.vcpuCount { parts.append("CPUs \(words(vcpuCount)) → \(words(after.vcpuCount))") }
        if memoryMB != after.memoryMB {
            parts.append("memory \(words(memoryMB)) → \(words(after.memoryMB))" + (after.memoryMB == nil ? "" : " MB"))
        }
        if let old = autorun, let new = after.autorun, old != new { parts.append("autorun \(old) → \(new)") }
        if name != after.name { parts.append("name \(name) → \(after.name)") }
        if description != after.description { parts.append("description") }
        return parts
    }
}
