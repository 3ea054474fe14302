import DSMSimulator
import Foundation
import LuaRuntime
import SimulatedVMM
import Synchronization
import Testing
import VMMScripting
import VirtualMachines

@testable import vmmlua

/// What others wrote reaches no terminal as a command, and no pipe otherwise than it was written.
@Suite(.timeLimit(.minutes(2))) struct TerminalTextTests {
    private static let evil = "a\u{1B}]0;owned\u{7}\u{9B}2J\u{202E}b\nroot: forged\tx"
    private static let told = #"a\x1b]0;owned\x07\u{9b}2J\u{202e}b\nroot: forged\tx"#

    /// What a terminal shows of a command on a NAS whose first guest is called so.
    private func show(
        _ arguments: [String],
        script: String = "",
        input: String? = nil,
        onPipe: Bool = false
    ) async throws -> String {
        let nas = CommandNAS(dialects: [.public])
        try nas.server.cluster.withCluster { (cluster) throws(VMMError) in
            var settings = GuestSettings()
            settings.name = Self.evil
            settings.description = "#tag\u{1B}[2J"
            try cluster.set(try cluster.guest(named: "web-1").guest.id, settings)
        }
        let terminal = try PseudoTerminal()
        let ending = try await nas.server.whileServing { url in
            try await withFile(script, named: "s.lua") { path in
                let command = try RunningCommand(
                    arguments.map { $0 == "SCRIPT" ? path : $0 },
                    environment: CommandNAS.environment(url).merging(["TERM": "dumb"]) { $1 },
                    out: onPipe ? nil : terminal.far,
                    terminal: terminal.far
                )
                try terminal.far.close()
                if let input { try terminal.type(Array(input.utf8)) }
                return await command.ending()
            }
        }
        return onPipe ? ending.out : await terminal.shown.ended()
    }

    private func expectHarmless(_ shown: String, _ comment: Comment) {
        // The terminal itself makes a carriage return of each line's end.
        let scalars = shown.replacing("\r\n", with: "\n").unicodeScalars
        #expect(shown.contains("owned"), comment)
        #expect(!scalars.contains { $0.isControl && $0 != "\n" && $0 != "\t" && $0 != "\r" }, comment)
        #expect(!shown.contains(/\n *root: forged/) && !shown.contains("forged\tx"), comment)
    }

    @Test(arguments: [
        ["run", "audit"], ["run", "audit", "csv"], ["run", "audit", "json"], ["eval", "vmm.list()"],
        ["eval", "vmm.list{ name = 'a*' }[1].guest_name"],
        ["eval", "vmm.list()", "--output", "json"], ["eval", "error(vmm.list{ name = 'a*' }[1].guest_name)"],
        ["plan", "rolling-restart", "a*"], ["plan", "rolling-restart", "a*", "--output", "json"],
        ["run", "rolling-restart", "a*"], ["run", "rolling-restart", "a*", "--output", "json"],
    ])
    func `no command shows a name of a NAS as it is at a terminal`(arguments: [String]) async throws {
        let shown = try await show(arguments)
        expectHarmless(shown, "\(arguments): \(shown.debugDescription)")
    }

    @Test func `a script's own line breaks and tabs are kept there, and nothing else of its controls`() async throws {
        let script = """
            print('one\\ntwo\\tthree') print('\\27[31mred\\r\\u{202e}x\\xff')
            print(vmm.list{ name = 'a*' }[1].guest_name .. '\\n.')
            """
        let shown = try await show(["run", "SCRIPT"], script: script)
        let lines = shown.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
        let expected = ["one", "two\tthree", #"\x1b[31mred\r\u{202e}x\xff"#, Self.told, "."]
        #expect(lines == expected, "\(shown.debugDescription)")
    }

    @Test func `with --raw a terminal gets what the script prints`() async throws {
        let shown = try await show(["run", "SCRIPT", "--raw"], script: "print('\\27[31mred\\27[0m')")
        #expect(shown == "\u{1B}[31mred\u{1B}[0m\r\n")
    }

    @Test func `on a pipe bytes are untouched`() async throws {
        let printed = try await show(
            ["run", "SCRIPT"],
            script: "print(vmm.list{ name = 'a*' }[1].guest_name)",
            onPipe: true
        )
        #expect(printed == Self.evil + "\n")
        let evaluated = try await show(["eval", "vmm.list{ name = 'a*' }[1].guest_name"], onPipe: true)
        #expect(evaluated == Self.evil + "\n")
    }

    @Test func `a line to a terminal is escaped whoever wrote it, but for its colours`() {
        let bytes = Mutex<[UInt8]>([])
        let output = TextOutput(isTerminal: true) { part in bytes.withLock { $0 += part } }
        output.write(line: "a\u{1B}[2J\tb\nc") { "<\($0)>" }
        output.write(json: ["\u{9B}\u{202E}": .string("\u{E0001}\n\u{1B}é")])
        output.write(printed: [0x41, 0xFF, 0x1B, 0x0A])
        let lines = bytes.withLock { String(decoding: $0, as: UTF8.self) }
        #expect(
            lines == "<a\\x1b[2J\tb\nc>\n" + #"{"\u009b\u202e":"\udb40\udc01\n\u001bé"}"# + "\n" + #"A\xff\x1b"# + "\n"
        )
    }

    @Test func `JSON that is escaped for a terminal says the same`() throws {
        let value: JSONValue = ["\u{9B}\u{202E}": .string("\u{E0001}\n\u{1B}é\u{2028}\u{AD}")]
        let text = value.text.escapingControlsForJSON
        #expect(!text.unicodeScalars.contains { $0.isControl })
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }
}
