/// A task's birthplace: `1` is the script, `1.3` the third task that `1` spawned.
public struct TaskPath: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The ordinals from the script's task down.
    public let ordinals: [Int64]

    /// The script's own task.
    public static let root = TaskPath(ordinals: [1])

    /// A path of `ordinals`, from the script's task down.
    public init(ordinals: [Int64]) {
        self.ordinals = ordinals
    }

    func child(_ ordinal: Int64) -> TaskPath {
        TaskPath(ordinals: ordinals + [ordinal])
    }

    /// The ordinals with points between.
    public var description: String { ordinals.map(String.init).joined(separator: ".") }

    /// Parents before children, elder siblings before younger.
    public static func < (left: TaskPath, right: TaskPath) -> Bool {
        left.ordinals.lexicographicallyPrecedes(right.ordinals)
    }
}
