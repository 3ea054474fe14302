/// A machine that simulated guests run on.
public struct SimulatedHost: Sendable, Equatable {
    /// Identity.
    public var id: String
    /// What people call it.
    public var name: String
    /// How it is, in the public dialect's word.
    public var status: String
    /// Virtual CPUs that all running guests together may have; `Int.max` is no limit.
    public var vcpuCapacity: Int
    /// Memory in MB that all running guests together may have; `Int.max` is no limit.
    public var memoryCapacityMB: Int
    /// Virtual CPUs that the host keeps for itself; negative where guests may have more than the capacity.
    public var reservedVCPUs = 0
    /// Memory in MB that the host keeps for itself; negative where guests may have more than the capacity.
    public var reservedMemoryMB = 0

    /// Describes a host; without an id, its name is that too.
    public init(
        name: String,
        vcpuCapacity: Int,
        memoryCapacityMB: Int,
        id: String? = nil,
        status: String = "running"
    ) {
        self.id = id ?? name
        self.name = name
        self.status = status
        self.vcpuCapacity = vcpuCapacity
        self.memoryCapacityMB = memoryCapacityMB
    }
}
