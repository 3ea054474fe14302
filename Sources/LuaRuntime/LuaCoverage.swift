import CLuaBridge

/// Which lines of a chunk can run, and which of them did.
public struct LuaCoverage: Sendable, Equatable {
    /// The chunk's name.
    public let chunk: String
    /// The lines that hold instructions, the return at a function's end aside.
    public private(set) var lines: Set<Int> = []
    /// Those of them that ran.
    public private(set) var run: Set<Int> = []

    /// Adds what ran at another time.
    public mutating func add(_ other: LuaCoverage) {
        lines.formUnion(other.lines)
        run.formUnion(other.run)
    }
}

extension LuaCoverage {
    /// Reads what a universe has noted of a chunk.
    init(_ chunk: OpaquePointer) {
        self.chunk = unsafe String(cString: bridge_covered_name(chunk))
        let count = unsafe bridge_covered_count(chunk)
        for line in 0..<count where unsafe bridge_can_run(chunk, line) {
            lines.insert(line)
            if unsafe bridge_did_run(chunk, line) { run.insert(line) }
        }
    }
}

extension LuaState {
    /// The lines of all chunks with a file's name, in the order of these; empty unless the configuration asked for it.
    public var coverage: [LuaCoverage] {
        guard !isLost else { return [] }
        var coverage: [LuaCoverage] = []
        var next = unsafe bridge_next_covered(context, nil)
        while let chunk = unsafe next {
            let file = unsafe LuaCoverage(chunk)
            coverage.append(file)
            unsafe next = bridge_next_covered(context, chunk)
        }
        return coverage.sorted { $0.chunk < $1.chunk }
    }
}
