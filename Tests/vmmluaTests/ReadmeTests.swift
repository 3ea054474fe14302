import Foundation
import Testing

/// What the README shows is true.
@Suite(.timeLimit(.minutes(2))) struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func text(of path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The first block of code in that language.
    private static func block(_ language: String) throws -> String {
        let readme = try text(of: "README.md")
        let start = try #require(readme.range(of: "```\(language)\n"))
        let end = try #require(readme.range(of: "\n```", range: start.upperBound..<readme.endIndex))
        return String(readme[start.upperBound..<end.lowerBound])
    }

    @Test func `the program that embeds the host is the one that is compiled here, and it works`() async throws {
        let example = try Self.text(of: "Tests/EmbeddingExample/main.swift")
        #expect(try Self.block("swift") == example.trimmingCharacters(in: .whitespacesAndNewlines))
        let nas = CommandNAS()
        let ending = try await nas.server.whileServing { url in
            try await RunningCommand(
                [url, "op"],
                program: "embedding-example",
                environment: ["VMMLUA_PASSWORD": CommandNAS.password]
            )
            .ending()
        }
        #expect(ending.status == 0, "\(ending.err)")
        #expect(ending.lines.contains("web-1\tthe web team"))
        #expect(ending.lines.last == "guests: 20")
        #expect(nas.server.sessionCount == 0)
    }

    @Test func `the plan and its chart are the command's own`() async throws {
        try await withFile("", named: "chart.svg") { chart in
            let ending = try await vmmlua(
                "plan",
                "rolling-restart",
                "web-*",
                "batch=2",
                "--simulate",
                "--svg",
                chart
            )
            #expect(ending.status == 0, "\(ending.err)")
            let shown = "$ vmmlua plan rolling-restart 'web-*' batch=2 --simulate\n" + ending.out
            #expect(try Self.text(of: "README.md").contains(shown))
            let drawn = try String(contentsOfFile: chart, encoding: .utf8)
            #expect(try Self.text(of: "Documentation/rolling-restart.svg") == drawn)
        }
    }

    @Test func `the script runs as shown`() async throws {
        let ending = try await withFile(try Self.block("lua"), named: "more-memory.lua") { path in
            try await vmmlua("run", path, "mb=12288", "--simulate", "--speed", "600", "--allow", "vmm.set")
        }
        #expect(ending.status == 0, "\(ending.err)")
        #expect(ending.lines == ["build-1\t16384 MB -> 12288 MB", "build-2\t16384 MB -> 12288 MB"])
    }
}
