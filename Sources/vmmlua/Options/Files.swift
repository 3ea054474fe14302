import Foundation

/// The bytes of a file or a pipe that the user named, up to its end.
///
/// Throws with the reason in a few words, also where there are more than `limit`.
func bytes(ofFile path: String, atMost limit: Int) throws(UsageError) -> [UInt8] {
    guard fileExists(path) else { throw UsageError("cannot read '\(path)': there is no such file") }
    // Foundation asks the file system for this.
    guard !URL(fileURLWithPath: path).hasDirectoryPath else {
        throw UsageError("cannot read '\(path)': it is a directory")
    }
    guard FileManager.default.isReadableFile(atPath: path),
        let file = FileHandle(forReadingAtPath: path)
    else {
        throw UsageError("cannot read '\(path)': permission denied")
    }
    defer { try? file.close() }
    return try bytes(of: file, "'\(path)'", atMost: limit)
}

/// The bytes of standard input, up to its end.
///
/// Throws as ``bytes(ofFile:atMost:)`` does.
func bytesOfStandardInput(atMost limit: Int) throws(UsageError) -> [UInt8] {
    // At a terminal Ctrl-D ends one call of the system's: a longer one would want it pressed twice.
    try bytes(of: .standardInput, "standard input", atMost: limit, piece: Terminal.givesInput ? 1 : 1 << 16)
}

/// The first line of standard input with its end; what is behind it is left there.
///
/// Throws as ``bytes(ofFile:atMost:)`` does.
func firstLineOfStandardInput(atMost limit: Int) throws(UsageError) -> [UInt8] {
    try bytes(of: .standardInput, "standard input", atMost: limit, piece: 1) { $0.last == UInt8(ascii: "\n") }
}

private func bytes(
    of file: FileHandle,
    _ name: String,
    atMost limit: Int,
    piece: Int = 1 << 16,
    until isEnough: ([UInt8]) -> Bool = { _ in false }
) throws(UsageError) -> [UInt8] {
    var bytes: [UInt8] = []
    do {
        // A pipe gives what it has at hand, and its size is not known before its end.
        while bytes.count <= limit, !isEnough(bytes), let part = try file.read(upToCount: piece), !part.isEmpty {
            bytes += part
        }
    } catch {
        let reason = SystemError(in: error)?.description ?? "the system gives no reason"
        throw UsageError("cannot read \(name): \(reason)")
    }
    guard bytes.count <= limit else {
        throw UsageError("cannot read \(name): it has more than \(limit >> 10) KiB")
    }
    return bytes
}

/// Puts a text into a file that the user named.
///
/// Throws with the reason in a few words.
func write(_ text: String, toFile path: String) throws(UsageError) {
    do {
        try Data(text.utf8).write(to: URL(filePath: path))
    } catch {
        let reason = SystemError(in: error).map { ": \($0)" } ?? ""
        throw UsageError("cannot write '\(path)'\(reason)")
    }
}

/// Whether there is a file or a directory of that path.
func fileExists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
}
