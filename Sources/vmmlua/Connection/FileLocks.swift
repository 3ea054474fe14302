import Foundation
import VMMScripting
import VirtualMachines

/// Locks that all runs of one user on this machine see: files that the system unlocks once their process is gone.
struct FileLocks: LockTable {
    /// Those for one NAS are in a folder of their own.
    let folder: URL

    func take(_ name: String, for holder: String) throws(ScriptError) -> LockAttempt {
        let file = folder.appending(path: "\(name.asFileName).lock")
        let handle: FileHandle
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            // It fails where there is one already: a file that took the place of one that is locked would be free.
            try? Data().write(to: file, options: .withoutOverwriting)
            handle = try FileHandle(forUpdating: file)
        } catch {
            throw refusal(file, SystemError(in: error))
        }
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            let problem = SystemError(errno)
            guard problem == SystemError(EWOULDBLOCK) else { throw refusal(file, problem) }
            let text = (try? handle.read(upToCount: 1_000)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return .held(by: text.isEmpty ? "another run" : text)
        }
        // Others are told to wait for this; who can't be told has the lock all the same.
        let note =
            "\(holder), process \(ProcessInfo.processInfo.processIdentifier), since \(SystemClock().now.localTimeOfDay)"
        try? handle.truncate(atOffset: 0)
        try? handle.write(contentsOf: Data(note.utf8))
        return .taken {
            try? handle.truncate(atOffset: 0)
            try? handle.close()
        }
    }

    private func refusal(_ file: URL, _ problem: SystemError?) -> ScriptError {
        ScriptError(
            .badArgument,
            "no lock can be kept in '\(file.path)'" + (problem.map { ": \($0)" } ?? ""),
            hint: "let that folder be written to, or set XDG_STATE_HOME"
        )
    }
}

extension String {
    /// The text with all but letters, digits, `-` and `_` as their codes.
    fileprivate var asFileName: String {
        utf8.reduce(into: "") { name, byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            name += isPlain || scalar == "-" || scalar == "_" ? String(scalar) : "%" + String(byte, radix: 16)
        }
    }
}
