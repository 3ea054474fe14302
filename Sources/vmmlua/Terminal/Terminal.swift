import Foundation
import Synchronization
import VMMScripting

/// The terminal that somebody may sit at.
enum Terminal {
    /// Whether somebody can be asked: both what is read and what is shown pass a terminal.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Whether somebody types what is read.
    static var givesInput: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether a prompt makes sense.
    static var isPrompting: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// Whether somebody looks at standard output.
    static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The next line of standard input without its end; nil where it is over, which at a terminal is so until more is typed.
    static func readLine() -> String? {
        var bytes: [UInt8] = []
        // Byte by byte, as what is behind the line is for whoever reads next.
        while let byte = try? FileHandle.standardInput.read(upToCount: 1)?.first {
            guard byte != UInt8(ascii: "\n") else {
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
                return String(decoding: bytes, as: UTF8.self)
            }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// From how many bytes on a line from standard input may have lost its end; nil where all of it arrives.
    ///
    /// A terminal that edits lines keeps so many bytes of one, and drops the rest without a word.
    static var longestTypedLine: Int? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        #if os(Linux)
        return 4095  // N_TTY_BUF_SIZE of the kernel's drivers/tty/n_tty.c, less the line's end
        #else
        return 1024 - 1  // MAX_CANON
        #endif
    }

    /// Forgets what was typed and not read yet.
    static func dropTypedAhead() {
        _ = tcflush(STDIN_FILENO, TCIFLUSH)
    }

    /// Asks for a word and doesn't show what is typed; nil if it is left empty, or with Ctrl-C or Ctrl-D.
    static func readPassword(prompt: String) -> String? {
        defer { try? FileHandle.standardError.write(contentsOf: Data("\n".utf8)) }
        let word = withoutEcho {
            try? FileHandle.standardError.write(contentsOf: Data(prompt.escapingControls.utf8))
            return readWord()
        }
        guard let word else { return nil }
        return word.isEmpty ? nil : String(validating: word, as: UTF8.self)
    }

    /// The bytes up to the end of the line; nil if Ctrl-C came as one of them, see below.
    private static func readWord() -> [UInt8]? {
        var bytes: [UInt8] = []
        while let byte = try? FileHandle.standardInput.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            guard byte != interruptByte else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static let interruptByte: UInt8 = 3

    // MARK: Echo

    /// How the terminal was before a word was asked for, while one is.
    private static let settings = Mutex<termios?>(nil)

    /// Runs `body` while nothing typed is shown and Ctrl-C is a character that ends a line, so that no signal of the
    /// terminal's own can leave it without its echo.
    private static func withoutEcho<Result>(_ body: () -> Result) -> Result {
        settings.withLock { settings in
            var current = termios()
            guard unsafe tcgetattr(STDIN_FILENO, &current) == 0 else { return }
            settings = current
            current.c_lflag &= ~tcflag_t(ECHO | ISIG)
            unsafe withUnsafeMutableBytes(of: &current.c_cc) { bytes in
                unsafe bytes[Int(VEOL)] = interruptByte
            }
            _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &current)
        }
        defer { _ = restoreEcho() }
        return body()
    }

    /// Gives up asking for a word, before the process ends; false if none is asked for.
    static func abandonPrompt() -> Bool {
        guard restoreEcho() else { return false }
        try? FileHandle.standardError.write(contentsOf: Data("\n".utf8))
        return true
    }

    private static func restoreEcho() -> Bool {
        settings.withLock { settings in
            guard var before = settings.take() else { return false }
            // What was typed of the word is dropped, as a shell would take it for a command.
            _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            return true
        }
    }
}
