import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// `vmmlua repl` over a pipe, in a process of its own.
@Suite(.timeLimit(.minutes(2))) struct ReplTests {
    private func repl(_ lines: String...) async throws -> RunningCommand.Ending {
        try await vmmlua("repl", "--simulate", input: lines.joined(separator: "\n") + "\n")
    }

    @Test("results come alone, one a line, and the end of input is exit code 0")
    func results() async throws {
        let ending = try await repl("1 + 1", "'a'", "x = 3", "x, {x}", "vmm.get('web-1').status", "print(x)")
        #expect(ending.status == 0)
        #expect(ending.out == "2\na\n3\n{ 3 }\nrunning\n3\n")
        #expect(ending.err.isEmpty)
    }

    @Test("input goes on over lines until it is complete")
    func multipleLines() async throws {
        let ending = try await repl("for i = 1, 2 do", "  print(i)", "end", "{", "1,", "2 }", "f = [[a", "b]]", "#f")
        #expect(ending.out == "1\n2\n{ 1, 2 }\n3\n")
        #expect(ending.err.isEmpty)
    }

    @Test("each line runs once")
    func onceEach() async throws {
        let ending = try await repl("n = (n or 0) + 1", "n = n + 1 print(n)", "print(n) return n")
        #expect(ending.out == "2\n2\n2\n")
    }

    @Test("locals survive from line to line, and closures share them")
    func locals() async throws {
        let ending = try await repl(
            "local a, b <const> = 1, 2",
            "local function f() a = a + 1 return a end",
            "f(), a, b",
            "a = 10",
            "f()",
            "local a = 'new'",
            "a, f()",
            "x"
        )
        #expect(ending.out == "2\n2\n2\n11\nnew\n12\nnil\n")
        #expect(ending.err.isEmpty)
    }

    @Test("constants survive from line to line, and stay constants")
    func constants() async throws {
        let ending = try await repl(
            "local x <const>, y = 5, 6",
            "x",
            "local function f() return x end",
            "x = 6",
            "y = 7",
            "x, y, f()",
            "local x = 1",
            "x = 2",
            "x, f()"
        )
        #expect(ending.out == "5\n5\n7\n5\n2\n5\n")
        #expect(ending.err.hasPrefix("repl:1: attempt to assign to const variable 'x'\n"), "\(ending.err)")
    }

    @Test("a line that a terminal has cut off is told, and not run")
    func cutLine() async throws {
        let terminal = try PseudoTerminal()
        let command = try RunningCommand(["repl", "--simulate"], terminal: terminal.far)
        // As a terminal passes it on: what is too much is gone, the end of the line comes.
        try terminal.type(Array(("print('whole') --" + String(repeating: "x", count: 5000) + "\n").utf8))
        #expect(await terminal.shown.contains("a terminal keeps 4095 bytes of a line and drops the rest"))
        try terminal.type(Array("print('next')\n:quit\n".utf8))
        let ending = await command.ending()
        #expect(ending.out == "next\n")
        #expect(ending.status == 0)
    }

    @Test("errors go to standard error and leave the session alive")
    func errors() async throws {
        let ending = try await repl("local a = 1", "error('boom')", "vmm.get('nobody')", "a b", "a")
        #expect(ending.status == 0)
        #expect(ending.out == "1\n")
        #expect(ending.err.hasPrefix("repl:1: boom\nrepl:1: there is no guest \"nobody\"\n"), "\(ending.err)")
        #expect(ending.err.hasSuffix("  1 | a b\n    |   ^\n"))
    }

    @Test("what is left incomplete at the end is told")
    func incompleteEnd() async throws {
        let ending = try await repl("1", "if x then")
        #expect(ending.status == 0)
        #expect(ending.out == "1\n")
        #expect(ending.err.contains("near <eof>"))
    }

    @Test(":quit leaves")
    func quit() async throws {
        let ending = try await repl("1", ":quit", "2")
        #expect(ending.status == 0)
        #expect(ending.out == "1\n")
    }

    @Test("without a NAS the first call that needs one says so, and the session goes on")
    func noNAS() async throws {
        let ending = try await vmmlua("repl", input: "vmm.list()\n1\n")
        #expect(ending.status == 0)
        #expect(ending.out == "1\n")
        #expect(ending.err.contains("no NAS is named"))
    }

    @Test("a session logs in at its start and out at its end")
    func login() async throws {
        let nas = CommandNAS()
        try await nas.server.whileServing { url in
            let ending = try await vmmlua("repl", environment: CommandNAS.environment(url), input: "#vmm.list()\n")
            #expect(ending.status == 0)
            #expect(ending.out == "20\n")
            #expect(nas.server.sessionCount == 0)
            let refused = try await vmmlua(
                "repl",
                environment: CommandNAS.environment(url, password: "wrong"),
                input: "1\n"
            )
            #expect(refused.status == 4)
            #expect(refused.out.isEmpty)
        }
    }

    @Test("Ctrl-C breaks off a wait for a line, and the line that comes later isn't lost")
    func lineInput() async {
        let pipe = Pipe()
        let input = LineInput { pipe.fileHandleForReading.nextLine() }
        async let first = input.next()
        while !input.takeInterrupt() { await Task.yield() }
        #expect(await first == .interrupt)
        async let second = input.next()
        pipe.fileHandleForWriting.write(Data("hello\n".utf8))
        #expect(await second == .line("hello"))
        async let third = input.next()
        pipe.fileHandleForWriting.closeFile()
        #expect(await third == .end)
        #expect(await input.next() == .end)
    }
}

extension FileHandle {
    /// Waits for a line; nil at the end.
    fileprivate func nextLine() -> String? {
        var bytes: [UInt8] = []
        while let byte = try? read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
