import Synchronization

/// Counts what a run prints and logs, up to its limit.
final class OutputMeter: Sendable {
    private let limit: Int
    private let spent = Atomic(0)

    init(limit: Int?) {
        self.limit = limit ?? .max
    }

    /// Counts so many bytes more; false if that is too much.
    func spend(_ bytes: Int) -> Bool {
        spent.add(bytes, ordering: .relaxed).newValue <= limit
    }
}
