import Foundation
import VirtualMachines

/// Where `require` finds modules.
public protocol ModuleSource: Sendable {
    /// The source of a module, and what messages call its file.
    ///
    /// Throws ``ScriptError`` (`not_found`, or `permission_denied` for a name that leads elsewhere).
    func module(_ name: String) throws(ScriptError) -> (source: [UInt8], file: String)
}

/// The modules beside a script: text files of a folder and of the folders in it, and nothing that a link leads to.
///
/// They are read as the script itself is: a byte order mark and a first line that begins with `#` don't count.
public struct ScriptFolder: ModuleSource {
    /// A file larger than that is no module.
    private static let largestFile = 16 << 20

    private let paths: [String]

    /// The folder at `path`.
    public init(_ path: String) {
        self.init(searching: [path])
    }

    /// The folders at `paths`, of which the first that has a module gives it.
    public init(searching paths: [String]) {
        self.paths = paths
    }

    /// The folder of a script and, where that is a symbolic link, the folders of the files that it leads to: people keep scripts
    /// with their modules in one place, and link to the scripts from another.
    public init(of script: String) {
        var paths = [Self.folder(of: script)]
        var file = script
        // Of links that lead in a circle, the system opens none.
        while paths.count < 40, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file) {
            file = target.hasPrefix("/") ? target : Self.folder(of: file) + "/" + target
            paths.append(Self.folder(of: file))
        }
        self.init(searching: paths)
    }

    private static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// Where `name`, a path from the script's folder, leads to a file; nil where there is none.
    package func file(_ name: String) -> String? {
        if name.hasPrefix("/") { return FileManager.default.fileExists(atPath: name) ? name : nil }
        return paths.map { $0 == "." ? name : $0 + "/" + name }.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Reads `lib/names.lua` for the module `lib.names`.
    public func module(_ name: String) throws(ScriptError) -> (source: [UInt8], file: String) {
        guard name.wholeMatch(of: /[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*/) != nil, name.utf8.count <= 200 else {
            throw ScriptError(
                .permissionDenied,
                "require: '\(name.prefix(200))' is no name of a module beside the script",
                hint: "write require(\"names\") for names.lua, require(\"lib.names\") for lib/names.lua"
            )
        }
        var firstProblem: ScriptError?
        for path in paths {
            do throws(ScriptError) {
                return try module(name, in: path)
            } catch {
                // A link isn't followed; the file itself may be beside the script that the script's own link leads to.
                firstProblem = firstProblem ?? error
            }
        }
        throw firstProblem ?? ScriptError(.notFound, "require: there is no module '\(name)'")
    }

    private func module(_ name: String, in path: String) throws(ScriptError) -> (source: [UInt8], file: String) {
        var file = path
        let parts = name.split(separator: ".").map(String.init)
        for folder in parts.dropLast() {
            file += "/" + folder
            try expect(.typeDirectory, at: file, of: name)
        }
        file += "/" + (parts.last ?? name) + ".lua"
        try expect(.typeRegular, at: file, of: name)
        guard let bytes = FileManager.default.contents(atPath: file), bytes.count <= Self.largestFile else {
            throw ScriptError(.notFound, "require: the module '\(name)' can't be read from '\(file)'")
        }
        do throws(VMMError) {
            return (try EditedText(Array(bytes), named: file).luaSource, file)
        } catch {
            throw ScriptError(.script, "require: \(error.message)", hint: error.hint)
        }
    }

    private func expect(_ type: FileAttributeType, at file: String, of name: String) throws(ScriptError) {
        // Of a link these are the link's own attributes.
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        switch attributes?[.type] as? FileAttributeType {
        case type: return
        case .typeSymbolicLink:
            throw ScriptError(
                .permissionDenied,
                "require: '\(file)' is a symbolic link, which may lead out of the script's folder",
                hint: "put the file itself there"
            )
        default:
            throw ScriptError(
                .notFound,
                "require: there is no module '\(name)'",
                hint: "it would be in '\(file)'"
            )
        }
    }
}
