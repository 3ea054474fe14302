import Foundation
import VMMScripting
import VirtualMachines

/// Locks that all runs of one user on this machine see: files that the system unlocks once their process is gone.
struct FileLocks: LockTable {
    /// Those for one NAS are in a folder of their own.
    let folder: URL

    func take(_ name: String, for holder: String) throws(ScriptError) -> LockAttempt {
        let file = folder.appending(path: "\(name.asFileName).lock")
        while true {
            let handle = try open(file)
            guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
                let problem = SystemError(errno)
                guard problem == SystemError(EWOULDBLOCK) else { throw refusal(file, problem) }
                return .held(by: note(in: handle) ?? "another run")
            }
            // Between the opening and the lock its last holder may have removed it: then it is no one's, and told so by what
            // is written into it not being there.
            let mark = UUID().uuidString
            let process = ProcessInfo.processInfo.processIdentifier
            let note = "\(holder), process \(process), since \(SystemClock().now.localTimeOfDay)\n\(mark)\n"
            do {
                try handle.truncate(atOffset: 0)
                try handle.write(contentsOf: Data(note.utf8))
            } catch {
                throw refusal(file, SystemError(in: error))
            }
            guard (try? Data(contentsOf: file)) == Data(note.utf8) else { continue }
            return .taken {
                try? FileManager.default.removeItem(at: file)
                try? handle.close()
            }
        }
    }

    private func open(_ file: URL) throws(ScriptError) -> FileHandle {
        do {
            try StateFolder.make(folder)
            do {
                // A file that took the place of one that is locked would be free.
                try Data().write(to: file, options: .withoutOverwriting)
            } catch CocoaError.fileWriteFileExists {}
            return try FileHandle(forUpdating: file)
        } catch {
            throw refusal(file, SystemError(in: error))
        }
    }

    /// Whom its holder wants others to wait for.
    private func note(in handle: FileHandle) -> String? {
        guard let data = try? handle.read(upToCount: 1_000) else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init)
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
            name +=
                isPlain || scalar == "-" || scalar == "_"
                ? String(scalar) : "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        }
    }
}
