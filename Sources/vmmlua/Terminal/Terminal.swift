import Foundation

/// The terminal that somebody may sit at.
enum Terminal {
    /// Whether somebody can be asked: both what is read and what is shown pass a terminal.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Whether a prompt makes sense.
    static var isPrompting: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// Whether somebody looks at standard output.
    static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Asks for a word and doesn't show what is typed; nil if it is left empty, or with Ctrl-C or Ctrl-D.
    static func readPassword(prompt: String) -> String? {
        FileHandle.standardError.write(Data(prompt.utf8))
        defer { FileHandle.standardError.write(Data("\n".utf8)) }
        let word = withoutEcho(readWord) ?? []
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

    /// Runs `body` while nothing typed is shown and Ctrl-C is a character that ends a line, so that no signal can
    /// leave the terminal without its echo.
    private static func withoutEcho<Result>(_ body: () -> Result) -> Result {
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return body() }
        var quiet = settings
        quiet.c_lflag &= ~tcflag_t(ECHO | ISIG)
        unsafe withUnsafeMutableBytes(of: &quiet.c_cc) { bytes in unsafe bytes[Int(VEOL)] = interruptByte }
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer { _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
        return body()
    }
}
