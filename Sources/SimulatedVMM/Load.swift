/// What guests take of a host.
struct Load: Sendable, Equatable {
    var vcpuCount = 0
    var memoryMB = 0

    static func += (left: inout Load, right: Load) {
        left.vcpuCount += right.vcpuCount
        left.memoryMB += right.memoryMB
    }

    static func -= (left: inout Load, right: Load) {
        left.vcpuCount -= right.vcpuCount
        left.memoryMB -= right.memoryMB
    }
}

extension SimulatedGuest {
    /// What it takes of its host: all that it has while it is up, coming up or going down.
    var load: Load {
        guard !guest.status.isDown || activeTask != nil else { return Load() }
        // Of a clone the size may be unknown: it is taken to need nothing.
        return Load(vcpuCount: guest.vcpuCount ?? 0, memoryMB: guest.memoryMB ?? 0)
    }
}
