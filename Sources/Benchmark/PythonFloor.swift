import Foundation

/// A Python that parses the same bytes, again each time that it is asked to, and times itself.
final class PythonFloor {
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()

    /// Each line that comes behind the bytes asks for one round.
    private static let program = """
        import json, sys, time
        size, count = int(sys.argv[1]), int(sys.argv[2])
        print("ready", flush=True)
        data = sys.stdin.buffer.read(size)
        for _ in sys.stdin.buffer:
            start = time.perf_counter()
            for _ in range(count):
                json.loads(data)
            print((time.perf_counter() - start) / count, flush=True)
        """

    /// Nil where there is no `python3`.
    init?(parsing bytes: [UInt8], timesEachRound count: Int) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.program, "\(bytes.count)", "\(count)"]
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
        guard try answer() == "ready" else { return nil }
        try requests.fileHandleForWriting.write(contentsOf: Data(bytes))
    }

    deinit {
        try? requests.fileHandleForWriting.close()
    }

    func secondsPerParse() throws -> Double {
        try requests.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        guard let seconds = Double(try answer()) else { throw BenchmarkError("python3 ended early") }
        return seconds
    }

    /// The next line, or what there is of it when Python has ended.
    private func answer() throws -> String {
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let bytes = try answers.fileHandleForReading.read(upToCount: 1), !bytes.isEmpty else { break }
            line += bytes
        }
        return String(decoding: line, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
