import Foundation
import Testing

@testable import VMMScripting

@Suite struct ModuleTests {
    @Test func `a module beside the script runs once, and may wait for host calls`() async throws {
        let folder = try Folder(["lib/names.lua": "async.sleep('1s') ran = (ran or 0) + 1 return { n = #vmm.list() }"])
        let test = try folder.host()
        let values = try await test.run(
            """
            local results = async.map({ 1, 2, 3 }, function() return require("lib.names") end)
            return results[1] == results[2], require("lib.names") == results[3], results[1].n, ran
            """
        )
        #expect(values == [true, true, 20, 1])
    }

    @Test func `a module without a result is true, and is told its name and file`() async throws {
        let folder = try Folder(["m.lua": "name, file = ..."])
        let values = try await folder.host().run("return require('m'), name, file:match('[^/]+$')")
        #expect(values == [true, "m", "m.lua"])
    }

    @Test func `require needs its permission, which may name modules`() async throws {
        let folder = try Folder(["a.lua": "return 1", "b.lua": "return 2"])
        let error = try await folder.host(allow: []).failure("require('a')")
        #expect(error?.kind == .permissionDenied)
        #expect(error?.hint?.contains("--allow 'modules:a'") == true)
        let scoped = try folder.host(allow: ["modules:a"])
        #expect(try await scoped.run("return require('a')") == [1])
        #expect(try await scoped.failure("require('b')")?.kind == .permissionDenied)
    }

    @Test(arguments: [
        "../secret", "..", "/etc/passwd", "lib/../../secret", "...secret", "lib..names", "", "a b", "é", "a/b",
        ".hidden",
        "a\\0b", "a.",
    ])
    func `a name that would leave the folder is refused`(_ name: String) async throws {
        let folder = try Folder(["lib/names.lua": "return 1"])
        #expect(try await folder.host().failure("require('\(name)')")?.kind == .permissionDenied)
    }

    @Test func `a symbolic link is refused, as a file and as a folder on the way`() async throws {
        let folder = try Folder(["lib/names.lua": "return 1", "real.lua": "return 1"])
        try folder.link("link.lua", to: "real.lua")
        try folder.link("other", to: "lib")
        for name in ["link", "other.names"] {
            let error = try await folder.host().failure("require('\(name)')")
            #expect(error?.kind == .permissionDenied)
            #expect(error?.message.contains("symbolic link") == true)
        }
    }

    @Test func `a module that is not there, or is no Lua, or fails, says so`() async throws {
        let folder = try Folder(["broken.lua": "local = 1", "failing.lua": "error('on purpose')", "dir/x.lua": ""])
        let test = try folder.host()
        #expect(try await test.failure("require('absent')")?.kind == .notFound)
        #expect(try await test.failure("require('dir')")?.kind == .notFound)
        #expect(try await test.failure("require('broken')")?.position?.chunk.hasSuffix("broken.lua") == true)
        #expect(try await test.failure("require('failing')")?.message.contains("on purpose") == true)
    }

    @Test func `modules that require each other are told, rather than to wait for ever`() async throws {
        let folder = try Folder(["a.lua": "return require('b')", "b.lua": "return require('a')"])
        let error = try await folder.host().failure("async.spawn(async.sleep, '1d') require('a')")
        #expect(error?.message.contains("requires itself") == true)
    }
}

/// A folder of modules, for as long as the test runs.
private final class Folder {
    private let path = NSTemporaryDirectory() + "vmmlua-modules-" + UUID().uuidString

    init(_ files: [String: String]) throws {
        for (name, source) in files {
            let file = path + "/" + name
            let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(source.utf8).write(to: URL(fileURLWithPath: file))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
    }

    func host(allow: [String] = ["modules"]) throws -> TestHost {
        var test = try TestHost(allow: allow)
        test.configuration.modules = ScriptFolder(path)
        return test
    }
}
