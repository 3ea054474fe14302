import Foundation

/// Where `require` finds modules.
public protocol ModuleSource: Sendable {
    /// The source of a module, and what messages call its file.
    ///
    /// Throws ``ScriptError`` (`not_found`, or `permission_denied` for a name that leads elsewhere).
    func module(_ name: String) throws(ScriptError) -> (source: [UInt8], file: String)
}

/// The modules beside a script: text files of a folder and of the folders in it, and nothing that a link leads to.
public struct ScriptFolder: ModuleSource {
    /// A file larger than that is no module.
    private static let largestFile = 16 << 20

    private let path: String

    /// The folder at `path`.
    public init(_ path: String) {
        self.path = path
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
        return (Array(bytes), file)
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
