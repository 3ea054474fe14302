/// A network that simulated guests are connected to.
public struct SimulatedNetwork: Sendable, Equatable {
    /// Identity.
    public var id: String
    /// What people call it.
    public var name: String

    /// Describes a network; without an id, its name is that too.
    public init(name: String, id: String? = nil) {
        self.id = id ?? name
        self.name = name
    }
}
