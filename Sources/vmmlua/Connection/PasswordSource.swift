import SynologyVMM
import VMMScripting
import VirtualMachines

/// Where a password comes from: never from the command line, which everybody on the machine can read.
enum PasswordSource: Sendable {
    /// The first line of a file.
    case file(String)
    /// The first line of standard input.
    case standardInput(for: String)
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
        case .file(let path):
            return try Self.firstLine(of: path) { () throws(UsageError) in
                try bytes(ofFile: path, atMost: Self.sizeLimit)
            }
        case .standardInput(let whom):
            // Typed there, it is not to be seen.
            guard !Terminal.isInteractive else { return try Self.prompt(for: whom) }
            return try Self.firstLine(of: "standard input") { () throws(UsageError) in
                try firstLineOfStandardInput(atMost: Self.sizeLimit)
            }
        case .prompt(let whom):
            guard Terminal.isInteractive else {
                throw VMMError(
                    .badArgument,
                    "there is no password for \(whom), and no terminal to ask at",
                    hint: "give --password-file FILE or set VMMLUA_PASSWORD"
                )
            }
            return try Self.prompt(for: whom)
        }
    }

    private static let sizeLimit = 64 << 10

    private static func prompt(for whom: String) throws(VMMError) -> Secret {
        guard let word = Terminal.readPassword(prompt: "Password for \(whom): ") else {
            throw VMMError(.cancelled, "no password was given")
        }
        return Secret(word)
    }

    private static func firstLine(
        of name: String,
        _ read: () throws(UsageError) -> [UInt8]
    ) throws(VMMError) -> Secret {
        let bytes: [UInt8]
        do { bytes = try read() } catch { throw VMMError(.badArgument, "--password-file: \(error)") }
        let word = try EditedText(bytes, named: name).firstLine()
        guard !word.isEmpty else { throw VMMError(.badArgument, "the first line of '\(name)' is empty") }
        return Secret(word)
    }
}
