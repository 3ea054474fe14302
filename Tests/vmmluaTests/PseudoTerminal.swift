import Foundation

/// A terminal without a screen: what a program in it shows is read here, and what is typed is written here.
final class PseudoTerminal: Sendable {
    struct Unavailable: Error {}

    /// What the program gets.
    let far: FileHandle
    let shown = Transcript()
    private let near: FileHandle

    init() throws {
        var (nearEnd, farEnd): (Int32, Int32) = (-1, -1)
        guard unsafe openpty(&nearEnd, &farEnd, nil, nil, nil) == 0 else { throw Unavailable() }
        near = FileHandle(fileDescriptor: nearEnd, closeOnDealloc: true)
        far = FileHandle(fileDescriptor: farEnd, closeOnDealloc: true)
        Thread.detachNewThread { [near, shown] in
            // One by one, as more would be waited for; reading fails when the last program let go of the terminal.
            while let part = try? near.read(upToCount: 1), !part.isEmpty { shown.append(part) }
            shown.end()
        }
    }

    func type(_ bytes: [UInt8]) throws { try near.write(contentsOf: Data(bytes)) }

    /// Whether it shows what is typed.
    var echoes: Bool {
        var settings = termios()
        return unsafe tcgetattr(far.fileDescriptor, &settings) == 0
            && settings.c_lflag & tcflag_t(ECHO) != 0
    }
}
