/// What a cluster has beside its guests; the raw values are the functions of `vmm` that list it.
public enum Inventory: String, Sendable, CaseIterable {
    /// The machines that guests run on.
    case hosts
    /// The networks that guests can be connected to.
    case networks
    /// The storages that guests' disks are on.
    case storages
    /// The images that guests are made from.
    case images
}
