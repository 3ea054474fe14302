/// A script that comes with the program, run by its name.
struct Workflow: Sendable {
    /// What one calls it: `rolling-restart`.
    let name: String
    private let bytes: [UInt8]

    /// All of them.
    static let all = [
        Workflow(name: "rolling-restart", bytes: PackageResources.rolling_restart_lua),
        Workflow(name: "staged-shutdown", bytes: PackageResources.staged_shutdown_lua),
    ]

    static func named(_ name: String) -> Workflow? {
        all.first { name == $0.name || name == $0.name + ".lua" }
    }

    /// The script, under its file's name.
    var script: Script { Script(name: name + ".lua", source: String(decoding: bytes, as: UTF8.self)) }

    /// Says that there is neither a file nor a workflow of that name.
    static func unknown(_ name: String) -> UsageError {
        let near = all.map { (name: $0.name, distance: distance(name, $0.name)) }
            .filter { $0.distance <= 3 }
            .min { $0.distance < $1.distance }
        let names = all.map(\.name).joined(separator: ", ")
        return UsageError(
            "there is no file '\(name)' and no shipped workflow of that name",
            hint: near.map { "did you mean \($0.name)?" } ?? "shipped are \(names)"
        )
    }

    /// How many characters must be put in, left out or exchanged to make one text of the other.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (line, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let replaced = diagonal + (right[column] == character ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
