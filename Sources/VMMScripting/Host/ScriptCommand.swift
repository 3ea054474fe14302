/// The command line that a run was started with, so that messages can say what to type next.
public struct ScriptCommand: Sendable, Equatable {
    /// The words before the script's name: `vmmlua run`.
    public var program: String
    /// The options that say where and what the run may do, each a word: `--host`, `https://nas:5001`.
    public var options: [String]

    /// A command line with these options.
    public init(program: String = "vmmlua run", options: [String] = []) {
        self.program = program
        self.options = options
    }

    /// The line that runs `script` with `arguments` as this run was started.
    public func line(running script: String, _ arguments: [String] = []) -> String {
        ([program] + ([script] + arguments + options).map(\.asShellWord)).joined(separator: " ")
    }
}
