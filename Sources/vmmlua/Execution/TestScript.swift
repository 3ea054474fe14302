import Foundation
import Rehearsal
import VMMScripting

/// A file of tests, and how its tests find the scripts that they run.
struct TestScript: Sendable {
    /// Its path, as it was given or found.
    let path: String
    let script: Script

    /// The file of that path, or all files below it whose names end in `_test.lua`, sorted.
    static func all(below path: String) throws(UsageError) -> [TestScript] {
        guard fileExists(path) else { throw UsageError("there is no file or folder '\(path)'") }
        var paths = [path]
        if URL(fileURLWithPath: path).hasDirectoryPath {
            let folder = path == "." ? "" : path.hasSuffix("/") ? path : path + "/"
            // Folders whose names begin with a dot hold what others made: checkouts, caches.
            paths = (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
                .filter { $0.hasSuffix("_test.lua") && !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
                .sorted().map { folder + $0 }
        }
        var scripts: [TestScript] = []
        for path in paths { scripts.append(TestScript(path: path, script: try Script(file: path))) }
        return scripts
    }

    /// The tests, which find scripts beside their file, or else among the shipped workflows.
    func testFile(limits: ScriptLimits) -> TestFile {
        let folder = script.folder ?? ScriptFolder(".")
        var environment = TestEnvironment(
            modules: folder,
            exitCode: { run in
                let ending = run.error.map(RunOutcome.Ending.failed) ?? .returned([])
                return Int(ExitStatus(RunOutcome(ending, usage: run.usage)).rawValue)
            },
            script: { (name) throws(ScriptError) in
                let found: Script
                do throws(UsageError) {
                    if let file = folder.file(name) {
                        found = try Script(file: file)
                    } else {
                        found = try Script.find(shipped: name)
                    }
                } catch {
                    throw ScriptError(.notFound, error.message, hint: error.hint)
                }
                return .init(name: found.name, source: found.source, modules: found.folder)
            }
        )
        environment.limits = limits
        return TestFile(path, source: script.source, environment: environment)
    }
}

extension Script {
    fileprivate static func find(shipped name: String) throws(UsageError) -> Script {
        guard let workflow = Workflow.named(name) else { throw Workflow.unknown(name) }
        return workflow.script
    }
}
