import Foundation
import Testing
import VirtualMachines

@testable import vmmlua

/// `flow.approve` at a terminal, and `flow.lock` between processes.
@Suite(.timeLimit(.minutes(2))) struct ApprovalTests {
    /// Runs a script that asks, types `answers` once it has, and gives what is shown without the display's own marks.
    private func ask(
        _ source: String = "print('by ' .. #flow.approve('Really?').by)",
        typing answers: [String],
        _ body: @escaping @Sendable (RunningCommand) -> Void = { _ in }
    ) async throws -> (shown: String, ending: RunningCommand.Ending) {
        let terminal = try PseudoTerminal()
        let ending = try await withFile(source, named: "s.lua") { path in
            let command = try RunningCommand(
                ["run", path, "--simulate"],
                environment: ["TERM": "xterm"],
                terminal: terminal.far
            )
            try terminal.far.close()
            #expect(await terminal.shown.contains("Really? [yes or no, until "))
            for answer in answers { try terminal.type(Array(answer.utf8)) }
            body(command)
            return await command.ending()
        }
        return (await terminal.shown.ended(), ending)
    }

    @Test(arguments: ["y", "yes", " YES "]) func `a yes goes on`(answer: String) async throws {
        let result = try await ask(typing: [answer + "\n"])
        #expect(result.ending.status == 0)
        #expect(result.ending.out.hasPrefix("by "))
        #expect(result.shown.contains("approved by "))
    }

    @Test(arguments: ["n\n", "No\n", "\u{4}"]) func `a no, or the end of the input, is a refusal`(
        answer: String
    ) async throws {
        let result = try await ask(typing: [answer])
        #expect(result.ending.status == 1)
        #expect(result.ending.out.isEmpty)
        #expect(result.shown.contains(" said no to: Really?"))
    }

    @Test func `the end of the input answers one question alone`() async throws {
        let source = "pcall(flow.approve, 'Really?') print('next') flow.approve('Really now?') print('done')"
        let terminal = try PseudoTerminal()
        let ending = try await withFile(source, named: "s.lua") { path in
            let command = try RunningCommand(["run", path, "--simulate"], terminal: terminal.far)
            try terminal.far.close()
            #expect(await terminal.shown.contains("Really? [yes or no, until "))
            try terminal.type([4])
            #expect(await terminal.shown.contains("Really now? [yes or no, until "))
            try terminal.type(Array("yes\n".utf8))
            return await command.ending()
        }
        #expect(ending.status == 0)
        #expect(ending.out == "next\ndone\n")
    }

    @Test func `anything else is asked again`() async throws {
        let result = try await ask(typing: ["maybe\n", "\n", "yes\n"])
        #expect(result.ending.status == 0)
        #expect(result.shown.components(separatedBy: "Really? [yes or no").count == 4)
    }

    @Test func `Ctrl-C takes the question back`() async throws {
        let result = try await ask(typing: []) { $0.send(.interrupt) }
        #expect(result.ending.status == 130)
        #expect(result.ending.out.isEmpty)
    }

    @Test func `without a terminal nothing is approved`() async throws {
        let ending = try await vmmlua("eval", "flow.approve('Really?')", "--simulate", input: "yes\n")
        #expect(ending.status == 1)
        #expect(ending.err.contains("flow.approve: there is nobody to ask: Really?"))
    }

    @Test func `a lock keeps another process out until its holder is gone, however that ends`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "locks-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let holding = "flow.lock('night/1', function() print('holding') async.sleep('1h') end)"
        let trying = "print(pcall(flow.lock, 'night/1', function() end))"
        try await CommandNAS().server
            .whileServing { url in
                let environment = CommandNAS.environment(url).merging(["XDG_STATE_HOME": folder.path]) { $1 }
                let holder = try RunningCommand(["eval", holding], environment: environment)
                #expect(await holder.out.contains("holding"))
                let refused = try await vmmlua("eval", trying, environment: environment)
                #expect(refused.out.hasPrefix("false\tthe lock 'night/1' is held by eval, process "))
                let other = try await vmmlua(
                    "eval",
                    trying.replacing("night/1", with: "night/2"),
                    environment: environment
                )
                #expect(other.out == "true\n")
                holder.kill()
                _ = await holder.ending()
                let free = try await vmmlua("eval", trying, environment: environment)
                #expect(free.out == "true\n")
            }
    }

    @Test func `where no lock can be kept, nothing is done`() async throws {
        let ending = try await CommandNAS().server
            .whileServing { url in
                let environment = CommandNAS.environment(url).merging(["XDG_STATE_HOME": "/dev/null"]) { $1 }
                return try await vmmlua(
                    "eval",
                    "flow.lock('a', function() print('done') end)",
                    environment: environment
                )
            }
        #expect(ending.status == 1)
        #expect(ending.out.isEmpty)
        #expect(ending.err.contains("no lock can be kept in '/dev/null/vmmlua/locks/"))
    }
}
