import Foundation

/// A Python program that does the same work, a round each time that it is asked to, and times itself.
///
/// The program prints `ready`, and then the seconds of a round for each line that comes in.
final class PythonFloor {
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()

    /// Starts `program`; nil where there is no such Python, or the program can't do its work.
    ///
    /// `input` is what it reads behind its first line of answer.
    init?(_ program: String, python: String = "python3", arguments: [String], input: [UInt8] = []) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, "-c", program] + arguments
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
        guard try answer() == "ready" else { return nil }
        try requests.fileHandleForWriting.write(contentsOf: Data(input))
    }

    deinit {
        try? requests.fileHandleForWriting.close()
    }

    func secondsOfRound() throws -> Double {
        try requests.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        guard let seconds = Double(try answer()) else { throw BenchmarkError("python3 ended early") }
        return seconds
    }

    private func answer() throws -> String { try answers.fileHandleForReading.readLine() }
}

extension FileHandle {
    /// The next line, or what there is of it where the file ends.
    func readLine() throws -> String {
        var line = Data()
        while let byte = try read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { line += byte }
        return String(decoding: line, as: UTF8.self)
    }
}
