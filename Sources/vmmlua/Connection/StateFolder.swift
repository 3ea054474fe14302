import Foundation

/// Where what outlives a run is kept.
enum StateFolder {
    /// `$XDG_STATE_HOME/vmmlua`, or `~/.local/state/vmmlua`; a relative path counts as none.
    static func url(environment: [String: String]) -> URL {
        func folder(_ variable: String) -> URL? {
            environment[variable].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
        }
        let home = folder("HOME") ?? URL(filePath: NSHomeDirectory())
        return (folder("XDG_STATE_HOME") ?? home.appending(path: ".local/state")).appending(path: "vmmlua")
    }

    /// Makes a folder in it, with those above, for its owner alone; nothing where it is there.
    static func make(_ folder: URL) throws {
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }
}
