import SynologyVMM
import VirtualMachines

/// Where a password comes from: never from the command line, which everybody on the machine can read.
enum PasswordSource: Sendable {
    /// The first line of a file.
    case file(String)
    /// The environment.
    case environment(Secret)
    /// Whoever sits at the terminal.
    case prompt(for: String)
    /// None is needed.
    case none

    /// Reads it.
    ///
    /// Throws `badArgument` where there is none, and `cancelled` where the person at the terminal gave up.
    func read() throws(VMMError) -> Secret {
        switch self {
        case .none: return Secret("")
        case .environment(let secret):
            guard secret != Secret("") else { throw VMMError(.badArgument, "VMMLUA_PASSWORD is empty") }
            return secret
        case .file(let path): return try Self.firstLine(of: path)
        case .prompt(let whom):
            guard Terminal.isInteractive else {
                throw VMMError(
                    .badArgument,
                    "there is no password for \(whom), and no terminal to ask at",
                    hint: "give --password-file FILE or set VMMLUA_PASSWORD"
                )
            }
            guard let word = Terminal.readPassword(prompt: "Password for \(whom): ") else {
                throw VMMError(.cancelled, "no password was given")
            }
            return Secret(word)
        }
    }

    private static func firstLine(of path: String) throws(VMMError) -> Secret {
        let data: [UInt8]
        do { data = try bytes(ofFile: path, atMost: 64 << 10) } catch {
            throw VMMError(.badArgument, "--password-file: \(error)")
        }
        let line = data.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard let word = String(validating: line, as: UTF8.self) else {
            throw VMMError(.badArgument, "the first line of '\(path)' is not UTF-8")
        }
        guard !word.isEmpty else { throw VMMError(.badArgument, "the first line of '\(path)' is empty") }
        return Secret(word)
    }
}
