import Foundation

/// The bytes of a file that the user named.
///
/// Throws with the reason in a few words.
func bytes(ofFile path: String) throws(UsageError) -> [UInt8] {
    guard fileExists(path) else { throw UsageError("cannot read '\(path)': there is no such file") }
    // Foundation asks the file system for this.
    guard !URL(fileURLWithPath: path).hasDirectoryPath else {
        throw UsageError("cannot read '\(path)': it is a directory")
    }
    guard FileManager.default.isReadableFile(atPath: path) else {
        throw UsageError("cannot read '\(path)': permission denied")
    }
    do {
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
        throw UsageError("cannot read '\(path)': \(error.localizedDescription)")
    }
}

/// Whether there is a file or a directory of that path.
func fileExists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
}
