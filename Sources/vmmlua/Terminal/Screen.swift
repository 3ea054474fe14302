import Foundation

/// The terminal that standard error is shown on.
struct Screen: Sendable {
    /// In characters.
    struct Size: Sendable, Equatable {
        var columns: Int
        var rows: Int
    }

    let output: TextOutput
    /// Its size now; that of a window changes.
    let size: @Sendable () -> Size
    /// Whether the program is the one that the terminal is for now, and not in the background of a shell.
    let isOurs: @Sendable () -> Bool
    /// Whether standard output is shown on it, too.
    let showsOutput: Bool
    let isColoured: Bool

    /// Nil where standard error goes elsewhere, or to a terminal that can't move its cursor.
    static func ofStandardError(environment: [String: String]) -> Screen? {
        let type = environment["TERM"] ?? ""
        guard isatty(STDERR_FILENO) == 1, type != "", type != "dumb" else { return nil }
        return Screen(
            output: TextOutput(descriptor: STDERR_FILENO),
            size: { size(of: STDERR_FILENO) },
            isOurs: {
                let group = tcgetpgrp(STDERR_FILENO)
                return group < 0 || group == getpgrp()
            },
            showsOutput: isatty(STDOUT_FILENO) == 1 && device(STDOUT_FILENO) == device(STDERR_FILENO),
            isColoured: (environment["NO_COLOR"] ?? "").isEmpty
        )
    }

    /// `text` so that it catches the eye.
    func alarming(_ text: String) -> String {
        isColoured ? "\u{1B}[31m\(text)\u{1B}[0m" : text
    }

    private static func size(of descriptor: Int32) -> Size {
        var window = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return Size(columns: 80, rows: 24)
        }
        return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }

    private static func device(_ descriptor: Int32) -> dev_t? {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status.st_rdev : nil
    }
}
