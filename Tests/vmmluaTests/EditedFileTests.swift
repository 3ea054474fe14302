import Foundation
import Testing
import VMMScripting
import VirtualMachines

@testable import vmmlua

/// Scripts, modules, tests, scenarios and passwords as editors, repositories and pipes have them.
@Suite(.timeLimit(.minutes(2))) struct EditedFileTests {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Runs `body` with a folder of these files.
    private func withFolder<Result>(
        _ files: [String: [UInt8]],
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await withFile("", named: "unused") { file in
            let folder = String(file.dropLast("/unused".count))
            for (name, bytes) in files {
                let url = URL(filePath: folder + "/" + name)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data(bytes).write(to: url)
            }
            return try await body(folder)
        }
    }

    private func run(_ files: [String: [UInt8]], _ arguments: String...) async throws -> RunningCommand.Ending {
        try await withFolder(files) { folder in
            try await RunningCommand(
                arguments.map { $0.replacing("FOLDER", with: folder) } + ["--simulate", "--allow", "modules"]
            )
            .ending()
        }
    }

    @Test(arguments: [
        mark + Array("print('ran')".utf8), Array("#!/usr/bin/env vmmlua\nprint('ran')".utf8),
        Array("# for humans [[\r\nprint('ran')\r\n".utf8), mark + Array("#[[\nprint('ran')".utf8),
        Array("print('ran') -- caf".utf8) + [0xE9], Array("print(\r\n'ran')\r\n".utf8), Array("print(\r'ran')\r".utf8),
    ])
    func `a script and a module are read alike, whatever editor saved them`(bytes: [UInt8]) async throws {
        let script = try await run(["s.lua": bytes], "run", "FOLDER/s.lua")
        #expect(script.status == 0 && script.out == "ran\n", "\(script.err)")
        let files = ["s.lua": Self.mark + Array("require('m')".utf8), "m.lua": bytes]
        let module = try await run(files, "run", "FOLDER/s.lua")
        #expect(module.status == 0 && module.out == "ran\n", "\(module.err)")
    }

    @Test func `a test file and the script that it runs are read so, too`() async throws {
        let files = [
            "s.lua": Self.mark + Array("# x\r\nprint('ran')".utf8),
            "s_test.lua": Self.mark
                + Array("# x\r\nit('runs', function() expect(sim.run('s.lua').output):equals('ran\\n') end)".utf8),
        ]
        let ending = try await withFolder(files) { try await vmmlua("test", $0) }
        #expect(ending.status == 0, "\(ending.out)\(ending.err)")
    }

    @Test func `lines keep their numbers, and bytes that are not UTF-8 are escaped in messages`() async throws {
        let source = Array("# x\r\n\r\nerror('caf".utf8) + [0xE9] + Array("')".utf8)
        let failing = try await run(["s.lua": source], "run", "FOLDER/s.lua")
        #expect(failing.status == 1)
        #expect(failing.err.contains("s.lua:3: caf\\xe9\n"), "\(failing.err)")
        let wrong = try await run(
            ["s.lua": Array("-- 日本\u{2028}\r\nx = '日caf".utf8) + [0xE9] + Array("' )".utf8)],
            "run",
            "FOLDER/s.lua"
        )
        let excerpt = "  2 | x = '日caf\\xe9' )\n    | " + String(repeating: " ", count: 16) + "^"
        #expect(wrong.err.contains(excerpt), "\(wrong.err)")
    }

    @Test(arguments: [[0xFF, 0xFE], [0xFE, 0xFF]] as [[UInt8]])
    func `UTF-16 is told by its name`(mark: [UInt8]) async throws {
        let files = ["s.lua": mark + [0x70, 0], "r.lua": Array("require('s')".utf8)]
        let script = try await run(files, "run", "FOLDER/s.lua")
        #expect(script.status == 2)
        #expect(script.err.contains("s.lua' is UTF-16 text, expected UTF-8; save it as UTF-8"), "\(script.err)")
        let module = try await run(files, "run", "FOLDER/r.lua")
        #expect(module.status == 1 && module.err.contains("s.lua' is UTF-16 text"), "\(module.err)")
    }

    @Test func `a head comment tells the same with a mark and with line ends of other systems`() async throws {
        let comment = "-- Says hello.\r\n--\r\n-- needs: vmm.set\r\nscript.args{}\r\n"
        let files = ["s.lua": Self.mark + Array("#!/usr/bin/lua\r\n\(comment)".utf8)]
        let ending = try await run(files, "run", "FOLDER/s.lua", "--help")
        #expect(ending.out.hasPrefix("Says hello.\n\nneeds: vmm.set\n\n"), "\(ending.out)")
        #expect(ending.out.contains("NEEDS: --allow 'vmm.set'\n"))
    }

    // MARK: Standard input

    @Test(arguments: ["run", "plan"]) func `- is a script on standard input`(command: String) async throws {
        let ending = try await vmmlua(command, "-", "a", "--simulate", input: "#!/bin/x\nprint('hi', ...)")
        #expect(ending.status == 0 && ending.out.contains("hi"), "\(ending.err)")
        let failing = try await vmmlua(command, "-", "--simulate", input: "#!/bin/x\nerror('no')")
        #expect(failing.err.contains("vmmlua: stdin:2: no"), "\(failing.err)")
    }

    @Test func `a script on standard input has nobody to ask, and no modules`() async throws {
        let asking = try await vmmlua("run", "-", "--simulate", input: "flow.approve('Really?')")
        #expect(asking.status == 1 && asking.err.contains("terminal"), "\(asking.err)")
        let terminal = try PseudoTerminal()
        let typed = try RunningCommand(["run", "-", "--simulate"], terminal: terminal.far)
        try terminal.far.close()
        try terminal.type(Array("flow.approve('Really?')\n\u{4}".utf8))
        #expect(await typed.ending().status == 1)
        #expect(!(await terminal.shown.ended()).contains("[yes or no"))
        let requiring = try await vmmlua("run", "-", "--simulate", "--allow", "modules", input: "require('m')")
        #expect(requiring.status == 1 && requiring.err.contains("there are no modules here"), "\(requiring.err)")
    }

    @Test(arguments: ["\n", "", "\r\nmore\n"].map { "\u{FEFF}\(CommandNAS.password)\($0)" } + [CommandNAS.password])
    func `- is a password on standard input, up to the end of its line`(input: String) async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            let options = ["--host", url, "--account", "op", "--password-file"]
            let piped = try await RunningCommand(["eval", "#vmm.list()"] + options + ["-"], input: input).ending()
            #expect(piped.status == 0 && piped.out == "20\n", "\(piped.err)")
            try await withFile(input, named: "password") { file in
                let read = try await RunningCommand(["eval", "#vmm.list()"] + options + [file]).ending()
                #expect(read.status == 0 && read.out == "20\n", "\(read.err)")
            }
        }
    }

    @Test(arguments: [["run", "-"], ["plan", "-"], ["repl"]])
    func `a script and a password can't both come from there`(command: [String]) async throws {
        let options = ["--host", "http://127.0.0.1:1", "--account", "op", "--password-file", "-"]
        let ending = try await RunningCommand(command + options, input: "print(1)").ending()
        #expect(ending.status == 2)
        #expect(ending.err.contains("--password-file -: standard input holds "), "\(ending.err)")
    }

    // MARK: Scenarios

    @Test func `a scenario may have a mark and any line ends, and must be UTF-8`() async throws {
        let yaml = "# guests\r\nguests:\r\n  - name: caf\u{e9}\r\n    status: running\r\n"
        func count(_ bytes: [UInt8]) async throws -> RunningCommand.Ending {
            try await withFolder(["s.yaml": bytes]) { folder in
                try await vmmlua("eval", "vmm.list()[1].guest_name", "--simulate", "--scenario", folder + "/s.yaml")
            }
        }
        let read = try await count(Self.mark + Array(yaml.utf8))
        #expect(read.status == 0 && read.out == "caf\u{e9}\n", "\(read.err)")
        let latin = try await count(Array("# guests\nguests:\n  - name: caf".utf8) + [0xE9, 0x0A])
        #expect(latin.status == 2)
        #expect(latin.err.contains("line 3 of '") && latin.err.contains("name: caf\\xe9"), "\(latin.err)")
    }

    // MARK: Links

    @Test func `modules are beside a script's link, or else beside the file that it leads to`() async throws {
        let files = [
            "repo/nightly.lua": Array("print(require('lib').v, require('own').v)".utf8),
            "repo/lib.lua": Array("return { v = 42 }".utf8), "repo/own.lua": Array("return { v = 1 }".utf8),
            "bin/own.lua": Array("return { v = 2 }".utf8), "repo/absent.lua": Array("require('nowhere')".utf8),
        ]
        try await withFolder(files) { folder in
            for name in ["nightly", "absent"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/repo/\(name)-latest.lua",
                    withDestinationPath: "\(name).lua"
                )
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/bin/\(name).lua",
                    withDestinationPath: "../repo/\(name)-latest.lua"
                )
            }
            // The module itself is linked as well: no link is followed, and the file is found all the same.
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/bin/lib.lua",
                withDestinationPath: "../repo/lib.lua"
            )
            let ending = try await vmmlua("run", folder + "/bin/nightly.lua", "--simulate", "--allow", "modules")
            #expect(ending.status == 0 && ending.out == "42\t2\n", "\(ending.err)")
            let absent = try await vmmlua("run", folder + "/bin/absent.lua", "--simulate", "--allow", "modules")
            #expect(absent.status == 1 && absent.err.contains("there is no module 'nowhere'"), "\(absent.err)")
        }
    }
}
