/// Why nothing could be measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    /// Whether the command line is to blame.
    let isUsage: Bool

    init(_ description: String, isUsage: Bool = false) {
        self.description = description
        self.isUsage = isUsage
    }
}
