/// What guests take of a host.
///
/// A NAS may tell any number of any guest. The sums are wider than these numbers, so they neither overflow nor lose anything.
package struct Load: Sendable, Equatable {
    package var vcpuCount: Int128 = 0
    package var memoryMB: Int128 = 0

    package init(vcpuCount: Int128 = 0, memoryMB: Int128 = 0) {
        self.vcpuCount = vcpuCount
        self.memoryMB = memoryMB
    }

    package static func += (left: inout Load, right: Load) {
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
    package var load: Load {
        guard !guest.status.isDown || activeTask != nil else { return Load() }
        // Of a clone the size may be unknown, and a NAS may tell a negative number: that takes nothing.
        return Load(
            vcpuCount: Int128(max(0, guest.vcpuCount ?? 0)),
            memoryMB: Int128(max(0, guest.memoryMB ?? 0))
        )
    }
}
