import Foundation
import Synchronization
import Testing

@testable import vmmlua

/// A built program, `vmmlua` unless told, in a process of its own.
final class RunningCommand: Sendable {
    /// What was left when it ended.
    struct Ending: Sendable {
        let status: Int32
        /// Whether a signal ended it, as one does a program that traps; the status is the signal's number then.
        var isKilled = false
        let out: String
        let err: String

        var lines: [String] { out.split(separator: "\n").map(String.init) }
    }

    let out = Transcript()
    let err = Transcript()
    private let process = Process()
    private let isAbandoned = Mutex(false)
    /// What this command alone keeps, unless the environment says where.
    private let stateFolder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "vmmlua-state-\(UUID().uuidString)"
    )
    private let endings: AsyncStream<(status: Int32, isKilled: Bool)>

    /// Starts it; `input` is all that it can read, `out` takes the place of the transcript, and `terminal` that of
    /// standard input and standard error.
    init(
        _ arguments: [String],
        program: String = "vmmlua",
        environment: [String: String] = [:],
        input: String = "",
        out file: FileHandle? = nil,
        terminal: FileHandle? = nil
    ) throws {
        let (endings, continuation) = AsyncStream<(status: Int32, isKilled: Bool)>.makeStream()
        self.endings = endings
        process.executableURL = try Self.executable(program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("VMMLUA_") }
            .merging(["TZ": "UTC", "XDG_STATE_HOME": stateFolder.path]) { $1 }
            .merging(environment) { $1 }
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = terminal ?? stdin
        process.standardOutput = file ?? stdout
        process.standardError = terminal ?? stderr
        process.terminationHandler = { process in
            continuation.yield((process.terminationStatus, process.terminationReason == .uncaughtSignal))
            continuation.finish()
        }
        try process.run()
        // Of what the process doesn't have, this end alone is left, which would never end.
        if file != nil { try stdout.fileHandleForWriting.close() }
        if terminal != nil { try stderr.fileHandleForWriting.close() }
        read(stdout.fileHandleForReading, into: out) { [self] in isAbandoned.withLock(\.self) }
        read(stderr.fileHandleForReading, into: err) { false }
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
    }

    private func read(
        _ handle: FileHandle,
        into transcript: Transcript,
        until isAbandoned: @escaping @Sendable () -> Bool
    ) {
        Thread.detachNewThread {
            while !isAbandoned() {
                let data = handle.availableData
                guard !data.isEmpty else { break }
                transcript.append(data)
            }
            try? handle.close()
            transcript.end()
        }
    }

    /// The programs stand beside the tests, wherever they were built.
    private static func executable(_ name: String) throws -> URL {
        let bundles = [Bundle.main] + Bundle.allBundles
        let folders = bundles.flatMap { [$0.bundleURL, $0.bundleURL.deletingLastPathComponent()] }
        let candidates = folders.map { $0.appendingPathComponent(name) }
        return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }

    /// Ends it as a crash does: nothing of its own runs any more.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
    }

    func send(_ signal: Signal) {
        Foundation.kill(process.processIdentifier, signal.number)
    }

    /// Closes the pipe that it prints to, at the next that it prints.
    func stopReading() {
        isAbandoned.withLock { $0 = true }
    }

    /// Waits for its end; when the test is given up, the process is as well.
    func ending() async -> Ending {
        let pid = process.processIdentifier
        return await withTaskCancellationHandler {
            var last: (status: Int32, isKilled: Bool) = (-1, false)
            for await ending in endings { last = ending }
            try? FileManager.default.removeItem(at: stateFolder)
            return Ending(
                status: last.status,
                isKilled: last.isKilled,
                out: await out.ended(),
                err: await err.ended()
            )
        } onCancel: {
            Foundation.kill(pid, SIGKILL)
        }
    }
}

/// Runs the command to its end.
func vmmlua(
    _ arguments: String...,
    environment: [String: String] = [:],
    input: String = ""
) async throws -> RunningCommand.Ending {
    try await RunningCommand(arguments, environment: environment, input: input).ending()
}

/// Runs `body` with the path of a file that holds `content`.
func withFile<Result>(_ content: String, named name: String, _ body: (String) async throws -> Result) async throws
    -> Result
{
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vmmlua-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent(name)
    try Data(content.utf8).write(to: file)
    return try await body(file.path)
}
