/// A storage that disks of simulated guests are on.
public struct SimulatedStorage: Sendable, Equatable {
    /// Identity.
    public var id: String
    /// What people call it.
    public var name: String
    /// Which of the cluster's hosts it belongs to, counted from 0.
    public var host: Int
    /// Its size in bytes.
    public var sizeBytes: Int64
    /// How many bytes are taken.
    public var usedBytes: Int64
    /// Where it is mounted.
    public var volumePath: String
    /// How it is, in the public dialect's word.
    public var status: String

    /// Describes a storage; without an id, its name is that too.
    public init(
        name: String,
        host: Int = 0,
        sizeBytes: Int64,
        usedBytes: Int64 = 0,
        id: String? = nil,
        volumePath: String = "/volume1",
        status: String = "online"
    ) {
        self.id = id ?? name
        self.name = name
        self.host = host
        self.sizeBytes = sizeBytes
        self.usedBytes = usedBytes
        self.volumePath = volumePath
        self.status = status
    }
}
