#if os(Linux)
import Foundation
import Testing

/// A wall clock of one command that a test can set, while the rest of the machine keeps its own.
struct SettableClock: Sendable {
    private let file: URL
    private let library: String

    /// Runs `body` with a clock that shows the machine's time until it is set.
    static func with<Result>(_ body: (SettableClock) async throws -> Result) async throws -> Result {
        try await withFile("0", named: "seconds") { path in
            try await body(SettableClock(file: URL(filePath: path), library: try await library.value))
        }
    }

    /// What makes a command go by it.
    var environment: [String: String] { ["LD_PRELOAD": library, "SET_CLOCK_FILE": file.path] }

    /// Sets it so many seconds ahead of the machine's, or behind.
    func set(secondsAhead seconds: Int) throws {
        try Data("\(seconds)".utf8).write(to: file, options: .atomic)
    }

    /// Built once a test run, with the compiler that came with Swift, or else with the system's.
    private static let library = Task {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "set-clock.c")
        let library = FileManager.default.temporaryDirectory.appending(path: "set-clock-\(UUID().uuidString).so")
        for compiler in ["clang", "cc", "gcc"] {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [compiler, "-shared", "-fPIC", "-O1", "-o", library.path, source.path]
            process.standardError = FileHandle.nullDevice
            let (endings, continuation) = AsyncStream<Int32>.makeStream()
            process.terminationHandler = { continuation.yield($0.terminationStatus) }
            try process.run()
            for await status in endings {
                if status == 0 { return library.path }
                break
            }
        }
        throw NoCompiler()
    }

    private struct NoCompiler: Error, CustomStringConvertible {
        let description = "set-clock.c can't be built: neither clang nor cc nor gcc is on the path, or none takes it"
    }
}
#endif
