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
    var bytes: [UInt8] = []
    do {
        defer { try? file.close() }
        // A pipe gives what it has at hand, and its size is not known before its end.
        while bytes.count <= limit, let part = try file.read(upToCount: 1 << 16), !part.isEmpty {
            bytes += part
        }
    } catch {
        let reason = SystemError(in: error)?.description ?? "the system gives no reason"
        throw UsageError("cannot read '\(path)': \(reason)")
    }
    guard bytes.count <= limit else {
        throw UsageError("cannot read '\(path)': it has more than \(limit >> 10) KiB")
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
