/// A machine that simulated guests run on.
public struct SimulatedHost: Sendable, Equatable {
    /// What people call it.
    public var name: String
    /// Virtual CPUs that all running guests together may have.
    public var vcpuCapacity: Int
    /// Memory in MB that all running guests together may have.
    public var memoryCapacityMB: Int

    /// Describes a host.
    public init(name: String, vcpuCapacity: Int, memoryCapacityMB: Int) {
        self.name = name
        self.vcpuCapacity = vcpuCapacity
        self.memoryCapacityMB = memoryCapacityMB
    }
}
