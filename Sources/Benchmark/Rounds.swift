/// Samples of a measurement and of its floor, taken in turn, so that a busy moment of the machine meets both.
struct Rounds<Sample> {
    private(set) var floor: [Sample] = []
    private(set) var ours: [Sample] = []

    /// Takes `count` samples of each, after one that doesn't count: it lets caches and allocators settle.
    init(
        _ count: Int,
        floor measureFloor: () async throws -> Sample,
        ours measureOurs: () async throws -> Sample
    ) async throws {
        _ = (try await measureFloor(), try await measureOurs())
        for _ in 0..<count {
            floor.append(try await measureFloor())
            ours.append(try await measureOurs())
        }
    }
}

/// Seconds that each of the `count` things takes that `work` does.
func time(each count: Int, _ work: () async throws -> Void) async throws -> Double {
    let start = ContinuousClock.now
    try await work()
    return start.duration(to: .now) / .seconds(1) / Double(count)
}
