/// An image that guests are made from.
public struct SimulatedImage: Sendable, Equatable {
    /// What an image holds; the raw values are the public dialect's.
    public enum Kind: String, Sendable, CaseIterable {
        /// A disk of a guest.
        case disk
        /// A virtual DSM.
        case vdsm
        /// A disc to install from.
        case iso
    }

    /// Identity.
    public var id: String
    /// What people call it.
    public var name: String
    /// What it holds.
    public var kind: Kind

    /// Describes an image, which is on every storage; without an id, its name is that too.
    public init(name: String, kind: Kind, id: String? = nil) {
        self.id = id ?? name
        self.name = name
        self.kind = kind
    }
}
